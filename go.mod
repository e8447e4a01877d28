module github.com/stillmic/stillmic

go 1.26.8

require (
	github.com/jfreymuth/pulse v0.1.3 // indirect
	gonum.org/v1/gonum v0.17.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)
