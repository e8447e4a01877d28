// Package nearest finds the word that was probably meant.
package nearest

// Word returns the word that takes the fewest changes of letters, if those are few, else "".
func Word(word string, known []string) (near string) {
	least := len(word)/3 + 2
	for _, k := range known {
		if d := changes(word, k); d < least {
			near, least = k, d
		}
	}
	return near
}

// changes counts the letters to insert, remove or replace between two words (Levenshtein, 1965).
func changes(a, b string) int {
	row := make([]int, len(b)+1) // of the first letters of a against those of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := corner
			if a[i] != b[j] {
				replaced++
			}
			corner = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
