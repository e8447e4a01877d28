package pulse_test

import (
	"context"
	"log"
	"os"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/model"
)

// The default microphone, cleaned, becomes a microphone that other programs record.
func Example() {
	server, err := pulse.Dial(context.Background(), pulse.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close() // with all that was opened and published
	source, err := server.OpenSource("")
	if err != nil {
		log.Fatal(err)
	}
	microphone, err := server.Publish(pulse.PublishOptions{
		Name: "clean_mic", Description: "Clean microphone", Dir: os.Getenv("XDG_RUNTIME_DIR"),
	})
	if err != nil {
		log.Fatal(err)
	}
	weights, err := model.LowLatency()
	if err != nil {
		log.Fatal(err)
	}
	suppressor := model.NewSuppressor(weights)
	var in, out audioio.Block // 10 ms of one channel at 48 kHz
	for {
		if err := source.ReadBlock(&in); err != nil {
			log.Fatal(err) // the microphone or the server is gone
		}
		suppressor.Process(out[:], in[:])
		if err := microphone.WriteBlock(&out); err != nil {
			log.Fatal(err)
		}
	}
}
