package phone

import "testing"

func TestNumbersThatCostExtra(t *testing.T) {
	for from, want := range map[string]Type{
		"+19005551234":   Premium,
		"+882345678901":  Premium,
		"+881612345678":  Premium,
		"+870773111632":  Premium,
		"+979123456789":  Premium,
		"+351760123456":  Premium,
		"+15035550177":   FixedOrMobile,
		"+18005550199":   Other,
		"+351912345678":  Mobile,
		"+4915123456789": Mobile,
	} {
		if got := Sender(from, "US").Type; got != want {
			t.Errorf("%s is %q, want %q", from, got, want)
		}
	}
}
