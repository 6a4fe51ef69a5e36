"""Which models there are, where they lie, whether they are the right ones, and how to load the small ones.

path("whisper-base"), or short path("base"), gives the verified folder of a model; get("base") fetches it first if it
is not there; a speech model may also be a folder of the user's own, named by its path;
load_embedder() turns texts into unit vectors, load_theme_embedder() into such that what asks for the same lies close;
load_spacy() is the English pipeline;
load_sentence_classifiers() tell questions, objections and praise in context;
load_speaker_encoder() turns stretches of speech into unit vectors.
"""

from insights.models.embedder import Embedder, load_embedder, load_theme_embedder
from insights.models.language import load_spacy
from insights.models.places import ModelStatus
from insights.models.registry import get, key, label, list_models, path, size, verify
from insights.models.sentences import Sentence, SentenceClassifier, load_sentence_classifiers
from insights.models.speakers import SpeakerEncoder, load_speaker_encoder

__all__ = [
    "Embedder",
    "ModelStatus",
    "Sentence",
    "SentenceClassifier",
    "SpeakerEncoder",
    "get",
    "key",
    "label",
    "list_models",
    "load_embedder",
    "load_sentence_classifiers",
    "load_spacy",
    "load_speaker_encoder",
    "load_theme_embedder",
    "path",
    "size",
    "verify",
]
