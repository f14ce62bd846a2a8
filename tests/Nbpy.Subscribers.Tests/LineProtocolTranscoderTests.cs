using System.Buffers;
using System.Text;
using MessagePack;
using Nbpy.Messaging;
using Nbpy.Subscribers;

namespace Nbpy.Subscribers.Tests;

public sealed class LineProtocolTranscoderTests
{
    private static readonly MeasurementLayout Tick = new("kraken_tick", ["pair", "exchange"], ["bid", "ask", "note", "count", "halted"]);

    [Fact]
    public void Tags_are_sorted_types_kept_and_the_time_made_unique()
    {
        var line = Transcode(Tick, new()
        {
            ["bid"] = 0.1, ["pair"] = "BTC/USD", ["exchange"] = "kraken", ["count"] = 3L, ["halted"] = true, ["note"] = "a \"b\" \\c", ["ask"] = 29431.0,
            ["unknown"] = new[] { 1, 2 }, ["source"] = "replay",
        });
        Assert.Equal(
            """kraken_tick,exchange=kraken,pair=BTC/USD,source=replay bid=0.1,ask=29431,note="a \"b\" \\c",count=3i,halted=true 1700000000123456017""",
            line);
    }

    [Fact]
    public void A_republished_message_is_stored_where_the_one_it_was_made_from_says() =>
        Assert.Equal("kraken_tick bid=1.5 1700000000123456042", Transcode(Tick, new() { ["bid"] = 1.5, ["_origin"] = 9_042UL }));

    [Fact]
    public void Characters_with_a_meaning_in_line_protocol_are_escaped_in_tags()
    {
        var line = Transcode(Tick, new() { ["pair"] = "a b,c=d", ["exchange"] = "", ["bid"] = 1.5 });
        Assert.Equal("""kraken_tick,pair=a\ b\,c\=d bid=1.5 1700000000123456017""", line);
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("kraken_tick bid=0 0\nkraken_tick bid=666")]
    public void A_line_break_in_a_tag_cannot_start_another_point(string pair)
    {
        var line = Transcode(Tick, new() { ["pair"] = pair, ["bid"] = 1.5 });
        Assert.DoesNotContain('\n', line!);
    }

    [Fact]
    public void A_message_without_any_field_is_not_storable() => Assert.Null(Transcode(Tick, new() { ["pair"] = "BTC/USD" }));

    [Fact]
    public void Not_a_number_is_left_out_and_counted()
    {
        var transcoder = new LineProtocolTranscoder(Tick);
        var payload = Payload(new() { ["bid"] = double.NaN, ["ask"] = 2.5 });
        var reader = new PayloadReader(payload.Span);
        Assert.True(transcoder.Next(ref reader));
        Assert.Equal(("kraken_tick ask=2.5 1700000000123456017", 1), (Encoding.UTF8.GetString(transcoder.Line), transcoder.NonFinite));
    }

    [Fact]
    public void A_message_without_the_contracts_keys_is_refused()
    {
        var payload = MessagePackSerializer.Serialize(new Dictionary<string, object> { ["bid"] = 1.0 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Throws<InvalidDataException>(() =>
        {
            var reader = new PayloadReader(payload);
            new LineProtocolTranscoder(Tick).Next(ref reader);
        });
    }

    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        var transcoder = new LineProtocolTranscoder(Tick);
        var payload = Payload(new() { ["bid"] = 1.5, ["ask"] = 2.5, ["pair"] = "BTC/USD", ["exchange"] = "kraken", ["note"] = "x", ["source"] = "live" });
        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++)
            {
                var reader = new PayloadReader(payload.Span);
                transcoder.Next(ref reader);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated();
        Assert.Equal(0, Allocated());
    }

    private static string? Transcode(MeasurementLayout layout, Dictionary<string, object> message)
    {
        var transcoder = new LineProtocolTranscoder(layout);
        var payload = Payload(message);
        var reader = new PayloadReader(payload.Span);
        return transcoder.Next(ref reader) ? Encoding.UTF8.GetString(transcoder.Line) : null;
    }

    private static ReadOnlyMemory<byte> Payload(Dictionary<string, object> message)
    {
        message["timestamp"] = 1_700_000_000_123_456_789;
        message["_seq"] = 3_017UL;
        message["_epoch"] = 1UL;
        return MessagePackSerializer.Serialize(message);
    }
}
