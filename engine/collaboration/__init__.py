"""What people say to each other on a case: comments, mentions, inquiries, exceptions, promises."""
