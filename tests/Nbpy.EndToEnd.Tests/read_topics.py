"""Reads each TOPIC=PORT as any ZeroMQ client would and checks the message contract. Exit code 1 with the reason."""
import sys
import msgpack
import zmq

KEYS = {
    "kraken_tick": {"pair", "exchange", "bid", "ask", "last_trade_price", "volume", "vwap"},
    "kraken_depth": {"pair", "level", "exchange", "bid_price", "bid_size", "ask_price", "ask_size"},
    "kraken_orders": {"pair", "status", "type", "side", "exchange", "order_id", "price", "amount"},
    "oanda_tick": {"instrument", "exchange", "bid", "ask", "spread", "volume"},
    "oanda_orders": {"instrument", "status", "type", "side", "exchange", "order_id", "price", "units"},
    "betfair_stream": {"event_id", "market_id", "selection_id", "exchange"},
    "twitter_sentiment": {"topic", "lang", "exchange", "sentiment_score", "positive", "neutral", "negative",
                          "text_length", "followers", "author"},
    "kraken_tick_filtered": {"pair", "exchange", "bid", "ask"},
}
CONTRACT = {"timestamp": int, "_seq": int, "_epoch": int, "_sent": int, "source": str}

context = zmq.Context()
failed = False
for argument in sys.argv[1:]:
    topic, port = argument.split("=")
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVTIMEO, 15000)
    socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
    socket.connect("tcp://localhost:" + port)
    try:
        last = None
        for _ in range(5):
            frames = socket.recv_multipart()
            assert len(frames) == 2 and frames[0] == topic.encode(), frames
            payload = msgpack.unpackb(frames[1])
            for message in payload if isinstance(payload, list) else [payload]:
                assert isinstance(message, dict), message
                missing = (KEYS[topic] | set(CONTRACT)) - set(message)
                assert not missing, f"keys missing: {missing} in {message}"
                for key, kind in CONTRACT.items():
                    assert isinstance(message[key], kind), (key, message[key])
                place = (message["_epoch"], message["_seq"])
                assert last is None or place == (last[0], last[1] + 1), f"{place} after {last}"
                last = place
        print("ok", topic)
    except (AssertionError, zmq.error.Again) as problem:
        failed = True
        print("FAILED", topic, repr(problem))
    finally:
        socket.close(0)
sys.exit(1 if failed else 0)
