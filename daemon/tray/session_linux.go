package tray

import (
	"context"
	"fmt"
	"html"
	"runtime"
	"time"

	"github.com/godbus/dbus/v5"
)

func init() {
	// systray ties the main goroutine to its thread, for toolkits that are not
	// used on Linux; every other command would pay for that.
	runtime.UnlockOSThread()
}

const (
	// busName is held by whoever shows the icon.
	busName = "io.github.stillmic.Tray"

	notifications = "org.freedesktop.Notifications"

	// busTimeout is for a notification service that has to be started first.
	busTimeout = 5 * time.Second
)

// session is this program's own connection to the session bus.
type session struct {
	bus *dbus.Conn
	say chan saying
	log func(string, ...any)

	pressed func(click) // a button of a notification
	stop    context.CancelFunc
}

// saying is one thing to tell, or to take back.
type saying struct {
	slot slot
	*notice
}

// openSession claims the icon. Its errors are ErrNoTray and ErrShown.
func openSession(log func(string, ...any), pressed func(click)) (session, error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return session{}, fmt.Errorf("%w: there is no session bus (%w); start it from your desktop", ErrNoTray, err)
	}
	if err = bus.Auth(nil); err == nil {
		err = bus.Hello()
	}
	if err != nil {
		_ = bus.Close()
		return session{}, fmt.Errorf("%w: the session bus refuses: %w", ErrNoTray, err)
	}
	reply, err := bus.RequestName(busName, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		_ = bus.Close()
		if err != nil {
			return session{}, fmt.Errorf("%w: claim %s: %w", ErrNoTray, busName, err)
		}
		return session{}, ErrShown
	}
	ctx, cancel := context.WithCancel(bus.Context())
	s := session{bus: bus, say: make(chan saying, 8), log: log, pressed: pressed, stop: cancel}
	go s.tell(ctx)
	return s, nil
}

func (s session) ended() context.Context { return s.bus.Context() }

func (s session) close() {
	s.stop()
	_ = s.bus.Close() // nothing is left to be told
}

// notify has the desktop tell the person, without waiting for it.
func (s session) notify(about slot, n *notice) {
	select {
	case s.say <- saying{about, n}:
	default:
		s.log("the desktop's notifications do not answer")
	}
}

// tell hands over what is to be told. A later text replaces an earlier one of
// its slot on the screen.
func (s session) tell(ctx context.Context) {
	ids, does := map[slot]uint32{}, map[slot]click{}
	buttons := s.buttons()
	for {
		select {
		case <-ctx.Done():
			return
		case signal := <-buttons:
			// The id and the key of the action, as the specification of notifications has them.
			if signal == nil || signal.Name != notifications+".ActionInvoked" || len(signal.Body) != 2 {
				continue
			}
			for about, id := range ids {
				if signal.Body[0] == id && id != 0 && signal.Body[1] == buttonKey {
					s.pressed(does[about])
				}
			}
		case what := <-s.say:
			id, err := s.deliver(ctx, ids[what.slot], what.notice)
			if err != nil {
				s.log("notify: %v", err)
			}
			ids[what.slot] = id
			if what.notice != nil {
				does[what.slot] = what.does
			}
		}
	}
}

// buttonKey names the only button of a notification.
const buttonKey = "do"

// buttons delivers the signals of the desktop about notifications, nil where it has none.
func (s session) buttons() chan *dbus.Signal {
	if err := s.bus.AddMatchSignal(dbus.WithMatchInterface(notifications), dbus.WithMatchMember("ActionInvoked")); err != nil {
		s.log("notifications without buttons: %v", err)
		return nil
	}
	signals := make(chan *dbus.Signal, 8)
	s.bus.Signal(signals)
	return signals
}

func (s session) deliver(ctx context.Context, id uint32, n *notice) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	desktop := s.bus.Object(notifications, "/org/freedesktop/Notifications")
	if n == nil {
		if id == 0 {
			return 0, nil
		}
		return 0, desktop.CallWithContext(ctx, notifications+".CloseNotification", 0, id).Err
	}
	const standardTime = int32(-1) // the desktop's own
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant("stillmic")}
	actions := []string{}
	if n.button != "" {
		actions = []string{buttonKey, n.button}
	}
	err := desktop.CallWithContext(ctx, notifications+".Notify", 0,
		"Stillmic", id, "stillmic", n.title, html.EscapeString(n.body), actions, hints, standardTime).Store(&id)
	return id, err
}
