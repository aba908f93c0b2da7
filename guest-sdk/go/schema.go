package anyam

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"
)

// deepest bounds how far types that contain themselves are followed.
const deepest = 32

// field is a member of a JSON object as encoding/json sees it.
type field struct {
	name     string
	required bool
	docs     string
	kind     reflect.Type
}

var (
	numberType      = reflect.TypeFor[json.Number]()
	timeType        = reflect.TypeFor[time.Time]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// fields are the members of a struct, with those of the structs it embeds.
func fields(kind reflect.Type) []field {
	var found []field
	for i := range kind.NumField() {
		member := kind.Field(i)
		name, options, _ := strings.Cut(member.Tag.Get("json"), ",")
		if member.Anonymous && name == "" && member.Type.Kind() == reflect.Struct {
			found = append(found, fields(member.Type)...)
			continue
		}
		if !member.IsExported() || name == "-" && options == "" {
			continue
		}
		if name == "" {
			name = member.Name
		}
		optional := strings.Contains(options, "omit") || member.Type.Kind() == reflect.Pointer
		found = append(found, field{name, !optional, member.Tag.Get("docs"), member.Type})
	}
	return found
}

// readsItself tells types that encoding/json leaves to their own methods.
func readsItself(kind reflect.Type) bool {
	pointer := reflect.PointerTo(kind)
	return pointer.Implements(unmarshalerType) || pointer.Implements(textType)
}

// missing finds a member that must be there and is not.
func missing(kind reflect.Type, value any, path string) error {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	if readsItself(kind) {
		return nil
	}
	switch kind.Kind() {
	case reflect.Struct:
		object, is := value.(map[string]any)
		if !is {
			return nil // encoding/json says it better.
		}
		for _, member := range fields(kind) {
			inner, there := object[member.name]
			if inner == nil && member.required && member.kind.Kind() != reflect.Interface {
				return fmt.Errorf("the %s `%s` is missing", path, member.name)
			}
			if there && inner != nil {
				if err := missing(member.kind, inner, within(path, member.name)); err != nil {
					return err
				}
			}
		}
	case reflect.Slice, reflect.Array:
		list, _ := value.([]any)
		for i, inner := range list {
			if err := missing(kind.Elem(), inner, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		object, _ := value.(map[string]any)
		names := make([]string, 0, len(object))
		for name := range object {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if err := missing(kind.Elem(), object[name], within(path, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func within(path, name string) string { return path + "." + name }

// schemaText is the JSON Schema (draft 2020-12) of a type.
func schemaText(kind reflect.Type) string {
	whole := schema(kind, 0)
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	text, err := encode(whole)
	if err != nil {
		panic(err) // Only maps, lists and texts are in it.
	}
	return text
}

func schema(kind reflect.Type, depth int) map[string]any {
	for kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch {
	case depth > deepest:
		return map[string]any{}
	case kind == numberType:
		return map[string]any{"type": "number"}
	case kind == timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case readsItself(kind):
		return map[string]any{}
	}
	switch kind.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Slice, reflect.Array:
		if kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Uint8 {
			return map[string]any{"type": "string", "contentEncoding": "base64"}
		}
		return map[string]any{"type": "array", "items": schema(kind.Elem(), depth+1)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schema(kind.Elem(), depth+1)}
	case reflect.Struct:
		properties := map[string]any{}
		required := []string{}
		for _, member := range fields(kind) {
			inner := schema(member.kind, depth+1)
			if member.docs != "" {
				inner["description"] = member.docs
			}
			properties[member.name] = inner
			if member.required {
				required = append(required, member.name)
			}
		}
		whole := map[string]any{"type": "object", "properties": properties}
		if len(required) > 0 {
			whole["required"] = required
		}
		return whole
	default:
		return map[string]any{}
	}
}
