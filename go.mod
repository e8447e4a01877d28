module github.com/stillmic/stillmic

go 1.26.8
