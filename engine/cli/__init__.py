"""The command line `kefuflow`: one module a subject, each adds its commands to the parser."""
