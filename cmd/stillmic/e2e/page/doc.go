// Package page tests the page in a real browser, and what hostile pages can do.
package page
