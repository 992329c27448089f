package search

import "fmt"

// Fill lets the file grow no further, as on a full disk, and returns what makes room again.
func (x *Index) Fill() (empty func(), err error) {
	var pages int
	if err := x.file.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		return nil, err
	}
	limit := func(n int) error {
		_, err := x.file.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", n))
		return err
	}
	return func() { _ = limit(1 << 30) }, limit(pages)
}

// Ask asks the index something that is no question.
func (x *Index) Ask(query string) error {
	_, err := x.file.read.Exec(query)
	return err
}

// IsDamage tells whether the index would be made anew for an error.
func (x *Index) IsDamage(err error) bool { return x.file.isDamaged(err) }
