package app

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// differences lists the fields in which two structs of a type differ, in
// words. Of secrets it tells only that they changed.
func differences(old, now any, leaveOut func(name string) bool) (list []string) {
	a, b := reflect.ValueOf(old), reflect.ValueOf(now)
	for i := range a.NumField() {
		f := a.Type().Field(i)
		x, y := a.Field(i), b.Field(i)
		switch {
		case !f.IsExported() || leaveOut(f.Name) || reflect.DeepEqual(x.Interface(), y.Interface()):
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			list = append(list, differences(x.Interface(), y.Interface(), leaveOut)...)
		case secret(f.Name):
			list = append(list, words(f.Name)+" changed")
		default:
			list = append(list, words(f.Name)+" "+told(x)+" -> "+told(y))
		}
	}
	return list
}

// secret tells by its name whether a field must not be told.
func secret(name string) bool {
	for _, s := range []string{"Password", "Secret", "Hash", "HA1", "Data"} {
		if strings.Contains(name, s) {
			return true
		}
	}
	return false
}

// words writes CallerIDName as "caller id name".
func words(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		plural := i+2 == len(runes) && runes[i+1] == 's' // as in URIs
		startsWord := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || !plural && i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if startsWord {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func told(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "none"
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.String:
		return fmt.Sprintf("%q", v.String())
	case v.Kind() == reflect.Slice && v.Len() == 0:
		return "none"
	default:
		return fmt.Sprint(v.Interface())
	}
}
