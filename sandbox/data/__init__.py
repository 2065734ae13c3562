"""The community behind the API: who did what when, as rows and as JSON."""
