// Go: prints the state, waits until no installation is running, then prints every change.
package main
import ("encoding/json"; "fmt"; "io"; "net"; "os"; "time")
type object = map[string]interface{}
type message struct { Id int; Method string; Result, Params object }
func connect(pipe string) (io.ReadWriteCloser, error) {
	if pipe[0] == '/' { return net.Dial("unix", pipe) } // for the tests
	return os.OpenFile(pipe, os.O_RDWR, 0)
}
func main() {
	pipe := append(os.Args, `\\.\pipe\ProtectedPrefix\Administrators\msiwatch`)[1]
	place := object{} // the place in the journal at which to continue after a restart
	for ; ; time.Sleep(time.Second / 2) {
		stream, err := connect(pipe)
		if err != nil && len(place) == 0 { panic(err) } else if err != nil { continue }
		ask := func(id int, method string, params object) { json.NewEncoder(stream).Encode(
			object{"jsonrpc": "2.0", "id": id, "method": method, "params": params}) }
		if len(place) == 0 { ask(1, "status", object{}) } else { ask(3, "subscribe", place) }
		messages, m := json.NewDecoder(stream), message{}
		for ; messages.Decode(&m) == nil; m = (message{}) {
			event, _ := m.Params["event"].(object)
			if m.Id == 1 { fmt.Println("now", m.Result["state"]); ask(2, "wait", object{"for": "idle"}) }
			if m.Id == 2 { ask(3, "subscribe", object{}) }
			if m.Id == 3 && len(place) == 0 { place["after"] = m.Result["status"].(object)["seq"] }
			if m.Id == 3 { place["journal"] = m.Result["journal"]; if m.Result["reset"] == true { place["after"] = 0 } }
			if m.Method == "reset" { place = m.Params } else if event != nil { place["after"] = event["seq"] }
			if event["kind"] == "transition" { fmt.Println(event["from"], "to", event["to"]) }
		}
	}
}
