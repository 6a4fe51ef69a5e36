"""insights: recorded sales calls and enquiry mails in; recurring questions, objections and a content backlog out."""
