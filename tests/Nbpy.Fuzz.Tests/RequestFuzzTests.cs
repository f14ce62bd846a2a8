using MessagePack;
using Nbpy.EmbeddedInflux.Prometheus;
using Nbpy.EmbeddedInflux.Storage.LineProtocol;
using Nbpy.Messaging;

namespace Nbpy.Fuzz.Tests;

/// <summary>What is said on the replay socket.</summary>
public sealed class ReplayFuzzTests
{
    [Fact]
    public Task A_request_or_an_answer_is_read_or_refused() => Fuzzer.RunAsync(
        "replay",
        input =>
        {
            Try(() => ReplayProtocol.ReadRequest(input));
            Try(() => Assert.All(ReplayProtocol.ReadAnswer(input, default).History, known => Assert.IsType<ulong>(known.Newest)));
        },
        [
            ReplayProtocol.Request(7, 1, 900), ReplayProtocol.Request(ulong.MaxValue, ulong.MaxValue, 0),
            ReplayProtocol.Answer(7, 1, 900, [(7, 1, 900), (9, 1, 5)], [(6, 70_000), (7, 900), (9, 5)]), ReplayProtocol.Answer(7, 0, 0, [], []),
        ],
        "\u0001", "\0");

    // As the socket's two ends: anything else ends them.
    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            // As they document.
        }
    }
}

/// <summary>Prometheus' remote write and remote read, which the embedded store takes.</summary>
public sealed class PrometheusFuzzTests
{
    private const int Most = 1 << 20;

    [Fact]
    public Task A_block_is_unpacked_or_refused_and_so_is_the_message_in_it() => Fuzzer.RunAsync(
        "prometheus",
        input =>
        {
            Assert.Equal(input, Snappy.Decode(Snappy.Encode(input), Most));
            Read(input);
            try
            {
                Read(Snappy.Decode(input, Most));
            }
            catch (InvalidDataException)
            {
                // As it documents.
            }
        },
        [Write().Written.ToArray(), Request().Written.ToArray(), Snappy.Encode(Write().Written), Snappy.Encode(Request().Written)],
        "__name__", "(", "a+", "\u0012\u0001", "\n\u0002", "\0", ",", "=", "\\");

    private static void Read(byte[] message)
    {
        try
        {
            ReadOnlySpan<byte> lines = RemoteWrite.Lines(message);
            while (!lines.IsEmpty)
                LineParser.Parse(LineParser.NextLine(ref lines), 1, new ParsedPoint());
        }
        catch (InvalidDataException)
        {
            // As it documents.
        }

        try
        {
            RemoteRead.Parse(message);
        }
        catch (InvalidDataException)
        {
            // As it documents.
        }
    }

    private static ProtoWriter Write()
    {
        var (message, series, label, sample) = (new ProtoWriter(), new ProtoWriter(), new ProtoWriter(), new ProtoWriter());
        label.Text(1, "__name__");
        label.Text(2, "load");
        sample.Double(1, 0.5);
        sample.Integer(2, 1_600_000_000_000);
        series.Message(1, label);
        series.Message(2, sample);
        message.Message(1, series);
        return message;
    }

    private static ProtoWriter Request()
    {
        var (message, query, matcher) = (new ProtoWriter(), new ProtoWriter(), new ProtoWriter());
        matcher.Integer(1, 2);
        matcher.Text(2, "__name__");
        matcher.Text(3, "lo.*|x{2,3}");
        query.Integer(1, 1_600_000_000_000);
        query.Integer(2, 1_600_000_001_000);
        query.Message(3, matcher);
        message.Message(1, query);
        return message;
    }
}
