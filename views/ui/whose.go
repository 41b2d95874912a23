package ui

// others are the people in the list: whoever looks is not among them while a
// button of their own offers it to them.
func (p Owner) others() []Person {
	var out []Person
	for _, who := range p.People {
		if who.ID != p.Me || p.ID == p.Me {
			out = append(out, who)
		}
	}
	return out
}
