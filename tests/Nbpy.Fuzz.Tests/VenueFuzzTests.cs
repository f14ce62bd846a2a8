using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Fuzz.Tests;

/// <summary>Whatever lines a venue sends, a decoder makes messages of them or says why not; what it makes can be published.</summary>
public abstract class VenueFuzz
{
    private protected static readonly string[] Json = ["\"", "\\", "{", "}", "[", "]", ":", ",", "\n", " ", "null", "1e999", "\\ud800", "\"\":"];

    /// <summary>Each line of the input through the decoder of a class, as its replay does it, before and after a connection.</summary>
    private protected static void Decode(PublisherConfig config, byte[] input)
    {
        var options = new ReplayOptions();
        var messages = new List<MarketMessage>();
        var decoder = BundledRecording.For(config).CreateDecoder(options);
        foreach (var line in Lines(input))
        {
            Decode(decoder, line, messages);
            decoder.Connected();
        }

        foreach (var line in Lines(input))
            Decode(decoder, line, messages);
        var encoder = new MessageEncoder();
        foreach (var message in messages)
            encoder.Encode(message, 1, 1, 1, 1, "live");
    }

    private protected static PublisherConfig Config(string publisherClass) =>
        new() { Name = "fuzz", Class = publisherClass, Port = 5558, Topic = "fuzz" };

    private protected static IEnumerable<ReadOnlyMemory<byte>> Lines(byte[] input)
    {
        for (var start = 0; start <= input.Length;)
        {
            var length = input.AsSpan(start).IndexOf((byte)'\n');
            var end = length < 0 ? input.Length : start + length;
            if (end > start)
                yield return input.AsMemory(start, end - start);
            start = end + 1;
        }
    }

    private static void Decode(IReplayDecoder decoder, ReadOnlyMemory<byte> line, List<MarketMessage> messages)
    {
        foreach (var payload in (ReadOnlyMemory<byte>[])[line, Unwrap(line)])
        {
            try
            {
                // Bounded, as a publisher's queue is.
                if (!payload.IsEmpty && messages.Count < 10_000)
                    decoder.Decode(payload, 1_893_456_000_000_000_000, messages);
            }
            catch (JsonException)
            {
                // As it documents.
            }
        }
    }

    private static ReadOnlyMemory<byte> Unwrap(ReadOnlyMemory<byte> line)
    {
        try
        {
            return RecordedLine.Parse(line).Payload;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // The wrapping is broken.
            return default;
        }
    }
}

/// <summary>Kraken's WebSocket v2.</summary>
public sealed class KrakenFuzzTests : VenueFuzz
{
    internal static readonly string[] Recordings =
        ["kraken/book_v2_btcusd_d10.wire.jsonl", "kraken/session_public_composed.jsonl", "kraken/session_private_composed.jsonl"];

    [Fact]
    public Task Frames_are_decoded_or_counted_and_a_book_that_counts_has_the_right_checksum() => Fuzzer.RunAsync(
        "kraken",
        input =>
        {
            var decoder = new KrakenDecoder();
            var other = new KrakenDecoder();
            foreach (var frame in Lines(input))
            {
                var kind = decoder.Decode(frame.Span);
                Assert.Equal(kind == KrakenFrameKind.Malformed, decoder.Counters.Malformed > other.Counters.Malformed);
                Check(decoder);
                // A space keeps the quick reader of tickers off: the JSON reader has to say the same.
                Assert.Equal(kind, other.Decode([(byte)' ', .. frame.Span]));
                Assert.Equal(decoder.Tickers, other.Tickers);
                KrakenBrokenFrame.Read(frame.Span);
            }
        },
        Frames(),
        [.. Json, "\"channel\":\"book\"", "\"channel\":\"ticker\"", "\"channel\":\"executions\"", "\"type\":\"snapshot\"", "\"error\":\"x\"", "\"qty\":0.00000000"]);

    private static void Check(KrakenDecoder decoder)
    {
        foreach (var update in decoder.Books)
        {
            var book = decoder.Book(update.Symbol)!;
            Assert.True(book.IsValid || update.LevelCount == 0);
            Assert.True(book.Asks.Length <= book.Depth && book.Bids.Length <= book.Depth);
            if (book.IsValid)
                Assert.Equal(book.Checksum, KrakenChecksum.Compute(book.Asks, book.Bids, book.PricePrecision, book.QuantityPrecision));
        }
    }

    private static IEnumerable<byte[]> Frames() =>
        Corpus.Recorded(40, Recordings).Select(line => RecordedLine.Parse(line).Payload.ToArray()).Where(frame => frame.Length > 0);
}

/// <summary>Kraken's, as far as messages: beside <see cref="KrakenFuzzTests"/>, not after it.</summary>
public sealed class KrakenMessageFuzzTests : VenueFuzz
{
    [Fact]
    public Task What_is_decoded_can_be_published() => Fuzzer.RunAsync(new FuzzTarget("kraken-messages", Publish)
    {
        CorpusFolder = Corpus.FolderOf("kraken"), Seeds = [.. Corpus.Recorded(20, [.. KrakenFuzzTests.Recordings, "kraken/ws_v1_ticker_recording.txt"])], Tokens = Json,
    });

    private static void Publish(byte[] input)
    {
        foreach (var publisherClass in (string[])[KnownClasses.KrakenTick, KnownClasses.KrakenDepth, KnownClasses.KrakenOrders])
            Decode(Config(publisherClass), input);
    }
}

/// <summary>OANDA's stream of prices.</summary>
public sealed class OandaFuzzTests : VenueFuzz
{
    [Fact]
    public Task Prices_are_decoded_or_counted_and_can_be_published() => Fuzzer.RunAsync(
        "oanda-pricing", input => Decode(Config(KnownClasses.OandaTick), input), Corpus.Recorded(40, "oanda/pricing_stream_composed.jsonl"), Json);
}

/// <summary>OANDA's stream of transactions.</summary>
public sealed class OandaTransactionFuzzTests : VenueFuzz
{
    [Fact]
    public Task Transactions_are_decoded_or_counted_and_can_be_published() => Fuzzer.RunAsync(
        "oanda-transactions",
        input =>
        {
            foreach (var line in Lines(input))
                Publishers.Oanda.OandaTransactionDecoder.PeekId(line);
            Decode(Config(KnownClasses.OandaOrders), input);
        },
        Corpus.Recorded(40, "oanda/transactions_stream_composed.jsonl"),
        [.. Json, "\"id\":\"6401\"", "\"orderID\":\"6400\"", "\"type\":\"ORDER_FILL\"", "\"lastTransactionID\":\"9\""]);
}

/// <summary>Betfair's Exchange Stream.</summary>
public sealed class BetfairFuzzTests : VenueFuzz
{
    [Fact]
    public Task Lines_are_decoded_or_counted_and_can_be_published() => Fuzzer.RunAsync(
        "betfair",
        input =>
        {
            var config = Config(KnownClasses.BetfairStream);
            Decode(config, input);
            Decode(config with { Options = new Dictionary<string, string> { ["channel"] = "orders" } }, input);
        },
        Corpus.Recorded(60, "betfair/1.197931750.jsonl"),
        [.. Json, "\"img\":true", "\"batb\":[[0,0,0]]", "\"segmentType\":\"SEG_START\"", "\"op\":\"status\"", "\"hc\":1"]);
}

/// <summary>X's filtered stream.</summary>
public sealed class TwitterFuzzTests : VenueFuzz
{
    [Fact]
    public Task Posts_are_scored_or_counted_and_can_be_published() => Fuzzer.RunAsync(
        "twitter", input => Decode(Config(KnownClasses.TwitterSentiment), input), Corpus.Recorded(40, "twitter/filtered_stream_composed.raw.txt"),
        [.. Json, "not bad!!!", "&amp;", "\U0001F600", "\"errors\":[]", "NO but never so GREAT", "\"tag\":\"\""]);
}

/// <summary>Any WebSocket of JSON.</summary>
public sealed class WebSocketFuzzTests : VenueFuzz
{
    private const string Options = """
        {
          "url": "ws://127.0.0.1:1/", "where": { "channel": "trades", "type": ["snapshot", "update"] }, "heartbeat": { "op": "hb" }, "items": "data",
          "tags": { "symbol": "s", "exchange": { "value": "somewhere" } },
          "fields": { "price": "p", "id": { "path": "i", "type": "integer" }, "maker": { "path": "m", "type": "boolean" }, "note": { "path": "n[0].t", "type": "string" }, "sequence": { "path": "$.seq", "type": "integer" } },
          "timestamp": { "path": "T", "unit": "UNIT" }
        }
        """;

    [Fact]
    public Task Messages_are_mapped_or_counted_and_can_be_published()
    {
        var configs = ((string[])["ms", "rfc3339"]).Select(Load).ToList();
        return Fuzzer.RunAsync(
            "websocket", input => configs.ForEach(config => Decode(config, input)), null,
            [.. Json, "\"channel\":\"trades\"", "\"type\":\"update\"", "\"s\":", "\"p\":", "\"T\":1893456000000", "\"2030-01-01T00:00:00Z\""]);
    }

    private static PublisherConfig Load(string unit)
    {
        using var file = new TemporaryFile(
            $$"""{ "publishers": [ { "name": "fuzz", "class": "GenericWebSocketPublisher", "port": 5600, "topic": "fuzz", "options": {{Options.Replace("UNIT", unit, StringComparison.Ordinal)}} } ] }""");
        return ConfigurationLoader.Load(file.Path, new Dictionary<string, string?>()).Publishers.Single();
    }
}
