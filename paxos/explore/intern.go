package explore

// interned gives equal things one number, from 1; 0 is none.
type interned[T any] struct {
	ids   map[string]int
	items []T
}

func newInterned[T any]() *interned[T] {
	return &interned[T]{ids: make(map[string]int), items: make([]T, 1)}
}

// id is the number of the thing with that encoding.
func (n *interned[T]) id(encoding string, item T) int {
	if id, ok := n.ids[encoding]; ok {
		return id
	}
	id := len(n.items)
	n.ids[encoding] = id
	n.items = append(n.items, item)
	return id
}

func (n *interned[T]) at(id int) T { return n.items[id] }
