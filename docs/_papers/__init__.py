"""What fills the page of the papers' experiments: claims, how they are decided, tables, figures."""
