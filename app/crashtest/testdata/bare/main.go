// Command bare is the smallest server of net/http: what the speed, the memory
// and the size of the product are held against. Nothing else belongs here.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
