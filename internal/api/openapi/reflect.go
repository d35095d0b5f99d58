package openapi

import (
	"reflect"
	"strings"
)

// SchemaOf gives the schema of a Go value's type as encoding/json writes it:
// structs of basic types, slices and structs. Fields are described by their
// names in JSON; those with omitempty may be missing.
func SchemaOf(v any, about map[string]string) *Schema { return schemaOf(reflect.TypeOf(v), about) }

func schemaOf(t reflect.Type, about map[string]string) *Schema {
	switch t.Kind() {
	case reflect.String:
		return Of("string")
	case reflect.Bool:
		return Of("boolean")
	case reflect.Float32, reflect.Float64:
		return Of("number")
	case reflect.Slice:
		return ListOf(schemaOf(t.Elem(), about))
	case reflect.Struct:
		return structOf(t, about)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Of("integer")
	default:
		return &Schema{} // anything
	}
}

func structOf(t reflect.Type, about map[string]string) *Schema {
	s := &Schema{Type: Type{"object"}, Closed: true}
	for i := range t.NumField() {
		name, rest, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		p := schemaOf(t.Field(i).Type, about)
		p.Description = about[name]
		s.Properties = append(s.Properties, Property{name, p})
		if !strings.Contains(rest, "omitempty") {
			s.Required = append(s.Required, name)
		}
	}
	return s
}
