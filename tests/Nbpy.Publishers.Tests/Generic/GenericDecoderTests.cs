using System.Text;
using Nbpy.Messaging;
using Nbpy.Publishers.Generic;
using Nbpy.Publishers.Tests.Replay;

namespace Nbpy.Publishers.Tests.Generic;

public sealed class GenericDecoderTests
{
    private const long Received = 1_893_456_000_000_000_123;

    [Fact]
    public void Every_item_becomes_a_message_with_its_tags_fields_and_time()
    {
        var decoder = Decoder(GenericConfig.Trades);
        Assert.Equal(GenericKind.Data, decoder.Decode(Bytes(
            """{"channel":"trades","type":"update","seq":7,"data":[{"s":"A/B","p":"62810.10","q":0.50,"i":12345678901,"m":false,"n":[{"t":"é"}],"T":1893456000000.5},{"s":"C/D","p":1,"T":"1893456001000","q":null}]}"""), Received));
        Assert.Equal(0, decoder.Mismatches);
        Assert.Equal([1_893_456_000_000_500_000, 1_893_456_001_000_000_000], decoder.Messages.Select(m => m.TimestampNs));
        var first = decoder.Messages[0];
        Assert.Equal(["symbol", "exchange", "price", "size", "id", "maker", "note", "sequence"], first.Keys());
        Assert.Equal(("A/B", "somewhere", 62810.10, 0.5), (first.Get("symbol"), first.Get("exchange"), first.Get("price"), first.Get("size")));
        Assert.Equal((12345678901L, false, "é", 7L), (first.Get("id"), first.Get("maker"), first.Get("note"), first.Get("sequence")));
        // What is not there, or null, is left out.
        Assert.Equal(["symbol", "exchange", "price", "sequence"], decoder.Messages[1].Keys());
    }

    [Theory]
    [InlineData("""{"channel":"trades","type":"update","data":[{"p":1,"T":1893456000000},{"s":"A","p":1,"T":1893456000000}]}""", "tag symbol is missing")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","p":"many","T":1893456000000},{"s":"A","p":1,"T":1893456000000}]}""", "price (p) is no number")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","p":1,"i":1.5,"T":1893456000000},{"s":"A","p":1,"T":1893456000000}]}""", "id (i) is no integer")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","p":1,"m":1,"T":1893456000000},{"s":"A","p":1,"T":1893456000000}]}""", "maker (m) is no boolean")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","p":[1],"T":1893456000000},{"s":"A","p":1,"T":1893456000000}]}""", "price (p) is no number")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","T":1893456000000},{"s":"A","p":1,"T":1893456000000}]}""", "none of the fields")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","p":1},{"s":"A","p":1,"T":1893456000000}]}""", "timestamp (T)")]
    [InlineData("""{"channel":"trades","type":"update","data":[{"s":"A","p":1,"T":99999999999999999999},{"s":"A","p":1,"T":1893456000000}]}""", "timestamp (T)")]
    [InlineData("""{"channel":"trades","type":"update","data":[7,{"s":"A","p":1,"T":1893456000000}]}""", "tag symbol is missing")]
    public void An_item_that_does_not_fit_is_counted_and_the_others_go_on(string message, string error)
    {
        var decoder = Decoder(GenericConfig.Trades);
        Assert.Equal(GenericKind.Data, decoder.Decode(Bytes(message), Received));
        Assert.Equal((1, 1), (decoder.Mismatches, decoder.Messages.Count));
        Assert.Contains(error, decoder.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"channel":"trades","type":"subscribed"}""", GenericKind.Unknown)]
    [InlineData("""{"channel":"book","type":"update"}""", GenericKind.Unknown)]
    [InlineData("""{"type":"update"}""", GenericKind.Unknown)]
    [InlineData("""[1,2]""", GenericKind.Unknown)]
    [InlineData("""{"op":"hb"}""", GenericKind.Heartbeat)]
    [InlineData("""{"channel":"trades",""", GenericKind.Malformed)]
    [InlineData("hello", GenericKind.Malformed)]
    [InlineData("", GenericKind.Malformed)]
    [InlineData("""{"channel":"\ud800"}""", GenericKind.Malformed)]
    public void What_is_not_asked_for_and_what_is_no_JSON_is_told_apart(string message, GenericKind kind)
    {
        var decoder = Decoder(GenericConfig.Trades);
        Assert.Equal(kind, decoder.Decode(Bytes(message), Received));
        Assert.Empty(decoder.Messages);
    }

    [Theory]
    [InlineData("s", "1893456000.123456789", 1_893_456_000_123_456_789)]
    [InlineData("s", "1893456000", 1_893_456_000_000_000_000)]
    [InlineData("ms", "1893456000123", 1_893_456_000_123_000_000)]
    [InlineData("us", "\"1893456000123456\"", 1_893_456_000_123_456_000)]
    [InlineData("ns", "1893456000123456789", 1_893_456_000_123_456_789)]
    [InlineData("rfc3339", "\"2030-01-01T00:00:00.123456789Z\"", 1_893_456_000_123_456_789)]
    [InlineData("rfc3339", "\"2030-01-01T02:00:00+02:00\"", 1_893_456_000_000_000_000)]
    public void Times_of_every_unit_keep_their_nanoseconds(string unit, string time, long expected)
    {
        var decoder = Decoder($$$"""{"url":"ws://x/","fields":{"p":"p"},"timestamp":{"path":"t","unit":"{{{unit}}}"}}""");
        decoder.Decode(Bytes($$"""{"p":1,"t":{{time}}}"""), Received);
        Assert.Equal(expected, Assert.Single(decoder.Messages).TimestampNs);
    }

    [Fact]
    public void Without_a_timestamp_the_time_of_receipt_counts()
    {
        var decoder = Decoder("""{"url":"ws://x/","fields":{"p":"p"}}""");
        decoder.Decode(Bytes("""{"p":1}"""), Received);
        Assert.Equal(Received, Assert.Single(decoder.Messages).TimestampNs);
    }

    [Fact]
    public void Strings_keep_the_digits_and_arrays_are_read_by_position()
    {
        // [channel, [price, size], "name"], as some venues write.
        var decoder = Decoder("""{"url":"ws://x/","where":{"[0]":42},"tags":{"name":"[2]"},"fields":{"price":"[1][0]","digits":{"path":"[1][0]","type":"string"},"whole":{"value":7},"odd":"[3]['a.b']"}}""");
        Assert.Equal(GenericKind.Data, decoder.Decode(Bytes("""[42,[0.10000000,2],"x",{"a.b":3}]"""), Received));
        Assert.Equal("name=x price=0.1 digits=0.10000000 whole=7 odd=3", Text(Assert.Single(decoder.Messages)));
        Assert.Equal(GenericKind.Unknown, decoder.Decode(Bytes("[43]"), Received));
    }

    [Fact]
    public void A_message_that_is_an_array_and_an_items_path_to_one_object_are_read_too()
    {
        var array = Decoder("""{"url":"ws://x/","items":"$","fields":{"p":"p"}}""");
        array.Decode(Bytes("""[{"p":1},{"p":2}]"""), Received);
        Assert.Equal(["p=1", "p=2"], array.Messages.Select(Text));
        var single = Decoder("""{"url":"ws://x/","items":"data","fields":{"p":"p","self":{"path":"$.data.p","type":"string"}}}""");
        single.Decode(Bytes("""{"data":{"p":1}}"""), Received);
        Assert.Equal(["p=1 self=1"], single.Messages.Select(Text));
        single.Decode(Bytes("""{"date":{"p":1}}"""), Received);
        Assert.Equal((0, 1), (single.Messages.Count, single.Mismatches));
        var plain = Decoder("""{"url":"ws://x/","items":"prices","fields":{"p":"."}}""");
        plain.Decode(Bytes("""{"prices":[1,2]}"""), Received);
        Assert.Equal(["p=1", "p=2"], plain.Messages.Select(Text));
    }

    private static string Text(MarketMessage message) => string.Join(' ', message.Fields.Where(f => f.Value.Kind != FieldKind.None).Select(f => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{f.Name}={message.Get(f.Name)}")));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static GenericDecoder Decoder(string options) => new(GenericConfig.Load(options, instruments: ["A"]).WebSocketFeed!);
}
