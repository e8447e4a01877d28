// Package deepfilter runs networks of the shape of DeepFilterNet3 (H. Schröter et al.,
// "DeepFilterNet: Perceptually Motivated Real-Time Speech Enhancement", Interspeech 2023)
// one frame of 10 ms at a time. Unlike the program of that name it does not switch stages on and
// off by the local SNR.
//
// A frame is the spectrum of 960 samples, of which 480 are new: 481 bins of 50 Hz. Maps
// are rows (bands or bins) of 64 channels, with a row of zeros at either end. The names
// are those of the weight file's tensors.
//
//	level.go        a soft sound is heard as loud as a usual voice
//	features.go     levels of 32 ERB bands in dB and the 96 lowest bins, less and over
//	                their running means
//	encoder.go      erb0         3 bands x 3 frames          1 x 32 -> 64 x 32    ReLU after each
//	                erb1 to 3    separable, stride 2, 2, 1           -> 64 x 16, 8, 8
//	                df0          3 bins x 3 frames           2 x 96 -> 64 x 96
//	                df1          separable, stride 2                 -> 64 x 48
//	                df_embed     32 groups, from df1                 -> 512, plus erb3
//	                embed_in     16 groups                           -> 256
//	                gru                                              -> 256
//	                embed_out    16 groups                           -> 512: the embedding
//	                lsnr         the local SNR
//	erb_decoder.go  embed_in     16 groups                       512 -> 256
//	                gru0, gru1                                       -> 256
//	                embed_out    16 groups                           -> 64 x 8
//	                conv3        separable, of that + path3(erb3)    -> 64 x 8
//	                conv2        transposed, of that + path2(erb2)   -> 64 x 16
//	                conv1        transposed, of that + path1(erb1)   -> 64 x 32
//	                conv0        3 bands, of that + path0(erb0)      -> 32 gains, sigmoid
//	df_decoder.go   embed_in     8 groups                        512 -> 256
//	                gru0, gru1   plus skip, 16 groups                -> 256
//	                output       16 groups, tanh                     -> 96 x 5 taps
//	                path         5 frames of df0, added              -> 96 x 5 taps
//	filter.go       each of the 96 lowest bins is the sum of the last five frames times
//	                their taps; the bins above are the frame times the gains
//	speech.go       how sure it is that there is speech
//
// Separable is a convolution over three rows of each channel by itself and then one over the
// channels (layers.go). Lookahead is how many frames of features are heard before a frame is
// answered for: with two, the five frames that the filter sums are t-2 to t+2, without they
// are t-4 to t. The last five frames that came in they are always.
//
// Cost: 3.3 million multiply-adds a frame, of which the GRUs take 2.0 and convolutions 1.2.
// A GRU sees one row, so that fetching its weights takes longer than multiplying them:
// weights.go packs them in 8 bits where there are kernels for that.
package deepfilter
