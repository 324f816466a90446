"""The full screen: the only place that knows prompt_toolkit. Renderers here are pure: a model in, rows of (style, text)
out; `application` puts them on the terminal and `keys` says what each key does."""
