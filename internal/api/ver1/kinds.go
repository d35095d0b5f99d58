package ver1

import (
	"time"

	"holdline/internal/api/strictjson"
	"holdline/internal/app"
)

// The kinds of fields. Each names the field in its refusal, with what was sent and what is allowed.

func wrongType(name string, v strictjson.Value, want string) error {
	return app.Invalidf(name, "%s is %s; it must be %s", name, v.Kind(), want)
}

// readOnly shows a value only the server sets.
func readOnly[T any](name string, get func(*T) any) field[T] {
	return field[T]{name: name, get: get}
}

// text is a string that is always there.
func text[T any, S ~string](name string, at func(*T) *S) field[T] {
	return textVia(name, func(v *T) string { return string(*at(v)) }, func(v *T, s string) { *at(v) = S(s) })
}

func textVia[T any](name string, get func(*T) string, set func(*T, string)) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return get(v) },
		set: func(v *T, j strictjson.Value) error {
			s, ok := j.Text()
			if !ok {
				return wrongType(name, j, "a string")
			}
			set(v, s)
			return nil
		}}
}

// nullable is a string or null.
func nullable[T any](name string, at func(*T) **string) field[T] {
	return nullableVia(name,
		func(v *T) *string { return *at(v) },
		func(v *T, s *string) error { *at(v) = s; return nil })
}

// emptyNull is a string that is kept as "" when it is null; a client may send either.
func emptyNull[T any](name string, at func(*T) *string) field[T] {
	return nullableVia(name,
		func(v *T) *string {
			if *at(v) == "" {
				return nil
			}
			return at(v)
		},
		func(v *T, s *string) error {
			*at(v) = ""
			if s != nil {
				*at(v) = *s
			}
			return nil
		})
}

func nullableVia[T any](name string, get func(*T) *string, set func(*T, *string) error) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return get(v) },
		set: func(v *T, j strictjson.Value) error {
			if j.IsNull() {
				return set(v, nil)
			}
			s, ok := j.Text()
			if !ok {
				return wrongType(name, j, "a string or null")
			}
			return set(v, &s)
		}}
}

// boolean is true or false.
func boolean[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return *at(v) },
		set: func(v *T, j strictjson.Value) error {
			b, ok := j.Bool()
			if !ok {
				return wrongType(name, j, "true or false")
			}
			*at(v) = b
			return nil
		}}
}

// long is a whole number.
func long[T any, N ~int | ~int64](name string, at func(*T) *N) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return *at(v) },
		set: func(v *T, j strictjson.Value) error {
			n, ok := j.Int()
			if !ok {
				return wrongType(name, j, "a whole number")
			}
			*at(v) = N(n)
			return nil
		}}
}

// nullableLong is a whole number or null.
func nullableLong[T any](name string, at func(*T) **int64) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return *at(v) },
		set: func(v *T, j strictjson.Value) error {
			n, ok := j.Int()
			switch {
			case j.IsNull():
				*at(v) = nil
			case ok:
				*at(v) = &n
			default:
				return wrongType(name, j, "a whole number or null")
			}
			return nil
		}}
}

// zeroNull is an id that is kept as 0 when it is null; a client may send either.
func zeroNull[T any, N ~int64](name string, at func(*T) *N) field[T] {
	return field[T]{name: name,
		get: func(v *T) any {
			if *at(v) == 0 {
				return nil
			}
			return *at(v)
		},
		set: func(v *T, j strictjson.Value) error {
			n, ok := j.Int()
			if !ok && !j.IsNull() {
				return wrongType(name, j, "an id or null")
			}
			*at(v) = N(n)
			return nil
		}}
}

// seconds is a duration in whole seconds. What is out of range is refused
// here already, because it might not fit a duration.
func seconds[T any](name string, at func(*T) *time.Duration) field[T] {
	return field[T]{name: name,
		get: func(v *T) any { return int64(*at(v) / time.Second) },
		set: func(v *T, j strictjson.Value) error {
			n, ok := j.Int()
			if !ok {
				return wrongType(name, j, "a whole number of seconds")
			}
			if n < 0 || n > app.MaxSeconds {
				return app.Invalidf(name, "%s is %d; allowed are 0 to %d seconds", name, n, app.MaxSeconds)
			}
			*at(v) = time.Duration(n) * time.Second
			return nil
		}}
}

// secondsOr is a duration of at least a second, kept as 0 while it is the default.
func secondsOr[T any](name string, byDefault, most time.Duration, at func(*T) *time.Duration) field[T] {
	f := seconds(name, at)
	f.get = func(v *T) any {
		if d := *at(v); d != 0 {
			return int64(d / time.Second)
		}
		return int64(byDefault / time.Second)
	}
	set := f.set
	f.set = func(v *T, j strictjson.Value) error {
		if n, ok := j.Int(); ok && (n < 1 || n > int64(most/time.Second)) {
			return app.Invalidf(name, "%s is %d; allowed are 1 to %d seconds", name, n, int64(most/time.Second))
		}
		return set(v, j)
	}
	return f
}

// must makes a field required on POST.
func (f field[T]) must() field[T] {
	f.required = true
	return f
}
