package term

import (
	"reflect"

	"github.com/ergo-services/ergo/etf"
)

// reflected appends a value of a type that is not known by name, by its kind. It
// does what ergo does for types that are not registered with it, and takes named
// types of the basic kinds too, which ergo refuses.
func (e *encoder) reflected(v any, depth int) error {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && r.IsNil() {
		e.b = append(e.b, tagNil)
		return nil
	}
	if m, ok := v.(etf.Marshaler); ok {
		b, err := m.MarshalETF()
		if err != nil {
			return refuseCause(v, err)
		}
		return e.binary(b)
	}
	switch r.Kind() {
	case reflect.Bool:
		e.boolean(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.b = appendInt(e.b, r.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		e.b = appendUint(e.b, r.Uint())
	case reflect.Float32, reflect.Float64:
		return e.float(r.Float(), v)
	case reflect.String:
		return e.str(r.String())
	default:
		return e.composite(v, r, depth)
	}
	return nil
}

func (e *encoder) composite(v any, r reflect.Value, depth int) error {
	if err := enter(v, depth); err != nil {
		return err
	}
	switch r.Kind() {
	case reflect.Pointer:
		return e.value(r.Elem().Interface(), depth+1)
	case reflect.Slice, reflect.Array:
		items := make(etf.List, r.Len())
		for i := range items {
			items[i] = r.Index(i).Interface()
		}
		return e.list(items, depth)
	case reflect.Map:
		pairs := make(Map, 0, r.Len())
		for it := r.MapRange(); it.Next(); {
			pairs = append(pairs, Pair{it.Key().Interface(), it.Value().Interface()})
		}
		return e.pairs(pairs, depth)
	case reflect.Struct:
		return e.structure(v, r, depth)
	}
	return refuse(v, "no Erlang term is like a "+r.Kind().String())
}

// structure appends a struct as a map from the names of its fields, as atoms; a
// field's tag `etf:"name"` names it otherwise.
func (e *encoder) structure(v any, r reflect.Value, depth int) error {
	pairs := make(Map, r.NumField())
	for i := range pairs {
		f := r.Type().Field(i)
		if !f.IsExported() {
			return refuse(v, "it has the unexported field "+f.Name)
		}
		name := f.Name
		if tag := f.Tag.Get("etf"); tag != "" {
			name = tag
		}
		pairs[i] = Pair{etf.Atom(name), r.Field(i).Interface()}
	}
	return e.pairs(pairs, depth)
}
