package soundserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// requestTimeout bounds one request to a server on a busy machine.
const requestTimeout = 10 * time.Second

// client is one connection to the server. It is deliberately not the code of
// audioio: what tests that code must not share its mistakes.
type client struct {
	*proto.Client
	conn net.Conn
	lost <-chan struct{} // closed when nothing can be read any more
}

// watchedConn tells when reading ends, for whatever reason; the protocol library
// tells of a proper end alone.
type watchedConn struct {
	net.Conn
	once sync.Once
	lost chan struct{}
}

// Read implements net.Conn.
func (w *watchedConn) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil {
		w.once.Do(func() { close(w.lost) })
	}
	return n, err
}

func (s *Server) dial(name string, callback func(any)) (*client, error) {
	conn, err := net.Dial("unix", strings.TrimPrefix(s.PulseServer, "unix:"))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", s.Kind, err)
	}
	watched := &watchedConn{Conn: conn, lost: make(chan struct{})}
	c := &client{Client: &proto.Client{Callback: callback}, conn: conn, lost: watched.lost}
	c.SetTimeout(requestTimeout)
	c.Open(watched)
	var auth proto.AuthReply
	if err := c.Request(&proto.Auth{Version: c.Version(), Cookie: make([]byte, 256)}, &auth); err != nil {
		conn.Close()
		return nil, fmt.Errorf("log in to %s: %w", s.Kind, err)
	}
	c.SetVersion(auth.Version)
	props := proto.PropList{"application.name": proto.PropListString(name)}
	if err := c.Request(&proto.SetClientName{Props: props}, &proto.SetClientNameReply{}); err != nil {
		conn.Close()
		return nil, fmt.Errorf("log in to %s: %w", s.Kind, err)
	}
	return c, nil
}

// request sends one request on a connection of its own.
func (s *Server) request(what string, req proto.RequestArgs, reply proto.Reply) error {
	c, err := s.dial("soundserver control", nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer c.conn.Close()
	if err := c.Request(req, reply); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// waitReady waits until the server answers. PipeWire's must also have seen
// its session manager, which shows in a default sink that is real.
func (s *Server) waitReady(ctx context.Context) error {
	for {
		var info proto.GetServerInfoReply
		err := s.request("server information", &proto.GetServerInfo{}, &info)
		if err == nil && (s.Kind == PulseAudio || (info.DefaultSinkName != "" && info.DefaultSinkName != "@DEFAULT_SINK@")) {
			return nil
		}
		if p := s.exited(); p != nil {
			return fmt.Errorf("%s ended at once", p.name)
		}
		if ctxErr := sleep(ctx, 20*time.Millisecond); ctxErr != nil {
			return errors.Join(fmt.Errorf("not ready after %v", startTimeout), err)
		}
	}
}

// Module is a loaded module of the server.
type Module struct {
	Index uint32
	Name  string
	Args  string
}

// Modules lists the loaded modules.
func (s *Server) Modules() ([]Module, error) {
	var reply proto.GetModuleInfoListReply
	if err := s.request("list modules", &proto.GetModuleInfoList{}, &reply); err != nil {
		return nil, err
	}
	list := make([]Module, len(reply))
	for i, m := range reply {
		list[i] = Module{m.ModuleIndex, m.ModuleName, m.ModuleArgs}
	}
	return list, nil
}

// LoadModule loads a module, waits until the device that it makes is there, and returns its index.
func (s *Server) LoadModule(name, args string) (uint32, error) {
	var reply proto.LoadModuleReply
	if err := s.request("load "+name, &proto.LoadModule{Name: name, Args: args}, &reply); err != nil {
		return 0, err
	}
	return reply.ModuleIndex, s.waitMade(args)
}

// UnloadModule unloads a module.
func (s *Server) UnloadModule(index uint32) error {
	return s.request("unload a module", &proto.UnloadModule{ModuleIndex: index}, nil)
}

// Sources lists the names of the sources.
func (s *Server) Sources() ([]string, error) {
	var reply proto.GetSourceInfoListReply
	if err := s.request("list sources", &proto.GetSourceInfoList{}, &reply); err != nil {
		return nil, err
	}
	names := make([]string, len(reply))
	for i, r := range reply {
		names[i] = r.SourceName
	}
	return names, nil
}

// Recorders counts the recordings of a source that are not paused: a desktop
// shows the microphone as in use while there is one.
func (s *Server) Recorders(source string) (int, error) {
	var src proto.GetSourceInfoReply
	if err := s.request("look up "+source, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: source},
		&src); err != nil {
		return 0, err
	}
	var reply proto.GetSourceOutputInfoListReply
	if err := s.request("list recordings", &proto.GetSourceOutputInfoList{}, &reply); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range reply {
		if r.SourceIndex == src.SourceIndex {
			n++
		}
	}
	return n, nil
}

// Sinks lists the names of the sinks.
func (s *Server) Sinks() ([]string, error) {
	var reply proto.GetSinkInfoListReply
	if err := s.request("list sinks", &proto.GetSinkInfoList{}, &reply); err != nil {
		return nil, err
	}
	names := make([]string, len(reply))
	for i, r := range reply {
		names[i] = r.SinkName
	}
	return names, nil
}

// SetDefaultSource makes a source the default one and waits until it is.
func (s *Server) SetDefaultSource(name string) error {
	return s.setDefault(&proto.SetDefaultSource{SourceName: name},
		func(i *proto.GetServerInfoReply) bool { return i.DefaultSourceName == name })
}

// SetDefaultSink makes a sink the default one and waits until it is.
func (s *Server) SetDefaultSink(name string) error {
	return s.setDefault(&proto.SetDefaultSink{SinkName: name},
		func(i *proto.GetServerInfoReply) bool { return i.DefaultSinkName == name })
}

func (s *Server) setDefault(req proto.RequestArgs, done func(*proto.GetServerInfoReply) bool) error {
	if err := s.request("set the default", req, nil); err != nil {
		return err
	}
	return poll("the default to change", func() (bool, error) {
		var info proto.GetServerInfoReply
		err := s.request("server information", &proto.GetServerInfo{}, &info)
		return done(&info), err
	})
}

// poll asks again until done, for startTimeout at most.
func poll(what string, done func() (bool, error)) error {
	deadline := time.Now().Add(startTimeout)
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v for %s", startTimeout, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Defaults returns the names of the default sink and source.
func (s *Server) Defaults() (sink, source string, err error) {
	var info proto.GetServerInfoReply
	err = s.request("server information", &proto.GetServerInfo{}, &info)
	return info.DefaultSinkName, info.DefaultSourceName, err
}

// Request sends one request of the protocol, on a connection of its own.
func (s *Server) Request(req proto.RequestArgs, reply proto.Reply) error {
	return s.request("request", req, reply)
}

// MoveRecording has a recording stream record another source, as a person does in a mixer, and returns
// when it does. PipeWire (0.3.65) does not read what a client has asked for that ends at once, if it
// is late: then it is told again.
func (s *Server) MoveRecording(stream uint32, source string) error {
	move := &proto.MoveSourceOutput{SourceOutputIndex: stream, DeviceIndex: proto.Undefined, DeviceName: source}
	for range 5 {
		if err := s.request("move a recording", move, nil); err != nil {
			return err
		}
		for begin := time.Now(); time.Since(begin) < time.Second; time.Sleep(2 * time.Millisecond) {
			if s.records(stream, source) {
				return nil
			}
		}
	}
	return fmt.Errorf("move a recording: stream %d does not record %s", stream, source)
}

// records reports whether a stream records a source.
func (s *Server) records(stream uint32, source string) bool {
	var r proto.GetSourceOutputInfoReply
	err := s.request("look for a recording", &proto.GetSourceOutputInfo{SourceOutpuIndex: stream}, &r)
	if err != nil || r.SourceIndex == proto.Undefined { // it is on its way
		return false
	}
	var at proto.GetSourceInfoReply
	err = s.request("look for a source", &proto.GetSourceInfo{SourceIndex: r.SourceIndex}, &at)
	return err == nil && at.SourceName == source
}
