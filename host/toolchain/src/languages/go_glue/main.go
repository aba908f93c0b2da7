package main

import _ "{{module}}/{{bindings}}/exports/wit_exports"

// The host calls the exports; a reactor has no main of its own.
func main() {}
