package outbound

import "time"

// steps are the waits after the first, second, … attempt; the last one repeats. RFC 5321 4.5.4.1 asks for
// at least 30 minutes in general and allows the first ones to be quicker.
var steps = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// jitter is the part of a wait that chance adds or takes, so that what failed together is not tried
// again together.
const jitter = 0.2

// retry says when a mail that was created at created and has been tried attempts times is tried
// again. Once it is older than giveUp it is not. The last attempt falls on that age. chance is
// in [0, 1).
func retry(attempts int, created, now time.Time, giveUp time.Duration, chance float64) (at time.Time, again bool) {
	deadline := created.Add(giveUp)
	if !now.Before(deadline) {
		return time.Time{}, false
	}
	step := steps[min(max(attempts, 1), len(steps))-1]
	wait := time.Duration(float64(step) * (1 - jitter + 2*jitter*chance))
	at = now.Add(wait)
	if at.After(deadline) {
		at = deadline
	}
	return at, true
}

// pause is how long the queue rests after the relay could not be used failures times in a row.
func pause(failures int) time.Duration {
	const longest = time.Minute
	if failures > 6 {
		return longest
	}
	return min(time.Second<<max(failures-1, 0), longest)
}
