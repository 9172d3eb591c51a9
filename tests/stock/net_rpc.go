// A client on Go's standard library: net/rpc, with a codec for JSON-RPC 2.0 (net/rpc/jsonrpc speaks
// 1.0, which the service refuses). What it does and prints: CMakeLists.txt.
//
//	net_rpc PIPE
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"os"
	"strconv"
	"time"
)

type object = map[string]any

type message struct {
	Id             *uint64
	Method         string
	Params, Result json.RawMessage
	Error          *struct{ Code int }
}

// codec frames by lines, and keeps what is no reply for whoever reads notifications.
type codec struct {
	io.Closer
	in            *json.Decoder
	out           *json.Encoder
	reply         message
	last          uint64 // the id of the last request
	notifications chan message
}

func (c *codec) WriteRequest(request *rpc.Request, params any) error {
	c.last = request.Seq
	return c.out.Encode(object{"jsonrpc": "2.0", "id": request.Seq, "method": request.ServiceMethod, "params": params})
}

func (c *codec) ReadResponseHeader(response *rpc.Response) error {
	for {
		c.reply = message{}
		if err := c.in.Decode(&c.reply); err != nil {
			close(c.notifications)
			return err
		}
		if c.reply.Method == "" {
			break
		}
		c.notifications <- c.reply
	}
	if c.reply.Id == nil {
		return errors.New("the service did not understand a request")
	}
	response.Seq = *c.reply.Id
	if c.reply.Error != nil {
		response.Error = strconv.Itoa(c.reply.Error.Code)
	}
	return nil
}

func (c *codec) ReadResponseBody(body any) error {
	if body == nil {
		return nil
	}
	return json.Unmarshal(c.reply.Result, body)
}

type position struct {
	Journal string `json:"journal"`
	After   uint64 `json:"after"`
}

var place *position // in the journal: where to go on after a restart of the service

type status struct {
	State string
	Seq   uint64
}

func first(client *rpc.Client, codec *codec) error {
	var now status
	if err := client.Call("status", object{}, &now); err != nil {
		return err
	}
	fmt.Println("now", now.State)
	never := client.Go("wait", object{"for": "busy", "settle_ms": 600000}, nil, nil)
	var was bool
	if err := client.Call("cancel", object{"id": codec.last}, &was); err != nil || !was {
		panic("there was nothing to cancel")
	}
	if (<-never.Done).Error.Error() != "-32004" {
		panic("a wait that was cancelled ended with " + never.Error.Error())
	}
	return client.Call("wait", object{"for": "idle", "timeout_ms": 600000}, nil)
}

func follow(client *rpc.Client, codec *codec) error {
	if place == nil {
		if err := first(client, codec); err != nil {
			return err
		}
	}
	var at struct {
		Journal string
		Reset   bool
		Status  status
	}
	var params any = object{}
	if place != nil {
		params = place
	}
	if err := client.Call("subscribe", params, &at); err != nil {
		return err
	}
	if place == nil {
		place = &position{After: at.Status.Seq}
	} else if at.Reset {
		place.After = 0
	}
	place.Journal = at.Journal
	for notification := range codec.notifications {
		var said struct {
			Event struct {
				Seq            uint64
				Kind, From, To string
			}
			position
		}
		if err := json.Unmarshal(notification.Params, &said); err != nil {
			return err
		}
		switch notification.Method {
		case "event":
			place.After = said.Event.Seq
			if said.Event.Kind == "transition" {
				fmt.Println(said.Event.From, "to", said.Event.To)
			}
		case "reset":
			*place = said.position
		}
	}
	return io.EOF
}

func main() {
	for ; ; time.Sleep(200 * time.Millisecond) {
		stream, err := net.Dial("unix", os.Args[1])
		if err == nil {
			c := &codec{Closer: stream, in: json.NewDecoder(stream), out: json.NewEncoder(stream), notifications: make(chan message, 64)}
			client := rpc.NewClientWithCodec(c)
			err = follow(client, c)
			client.Close()
		}
		if place == nil { // the service must have been there once; then it may come back
			panic(err)
		}
	}
}
