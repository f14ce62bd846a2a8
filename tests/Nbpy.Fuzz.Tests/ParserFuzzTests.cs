using System.Text;
using MessagePack;
using Nbpy.EmbeddedInflux.InfluxQl;
using Nbpy.EmbeddedInflux.InfluxQl.Syntax;
using Nbpy.EmbeddedInflux.Storage.LineProtocol;
using Nbpy.Messaging;

namespace Nbpy.Fuzz.Tests;

/// <summary>Whatever bytes come, a parser gives a result or its own documented error.</summary>
public sealed class MessageFuzzTests
{
    [Fact]
    public Task A_payload_is_read_or_refused_and_what_is_read_writes_and_reads_the_same() => Fuzzer.RunAsync("message", input =>
    {
        IReadOnlyList<IReadOnlyDictionary<string, object?>> maps;
        try
        {
            maps = MessageReader.Read(input);
        }
        catch (InvalidDataException)
        {
            return;
        }

        var again = MessageReader.Read(MessagePackSerializer.Serialize(maps.Select(m => m.ToDictionary()).ToArray()));
        Assert.Equal(maps.Select(m => m.Count), again.Select(m => m.Count));
        foreach (var (first, second) in maps.Zip(again))
            Assert.All(first, pair => Assert.Equal(pair.Value, second[pair.Key]));
    });
}

/// <summary>Line protocol.</summary>
public sealed class LineProtocolFuzzTests
{
    [Fact]
    public Task Every_line_is_parsed_or_refused_and_every_field_lies_within_it() => Fuzzer.RunAsync(
        "line-protocol",
        input =>
        {
            var point = new ParsedPoint();
            ReadOnlySpan<byte> rest = input;
            for (var lines = 0; !rest.IsEmpty; lines++)
            {
                Assert.True(lines <= input.Length, "Cutting lines does not end.");
                var line = LineParser.TrimStart(LineParser.NextLine(ref rest));
                if (line.IsEmpty || LineParser.Parse(line, 1, point) is not null)
                    continue;
                Assert.InRange(point.KeyLength, 1, line.Length);
                foreach (var field in point.Fields)
                    Assert.InRange(field.KeyStart + field.KeyLength, 0, line.Length);
            }
        },
        null,
        ",", "=", " ", "\"", "\\", "\n", "i", "1e999", "9223372036854775808i", "NaN", "#", "\\ ");
}

/// <summary>InfluxQL.</summary>
public sealed class InfluxQlFuzzTests
{
    [Fact]
    public Task A_query_is_parsed_or_refused() => Fuzzer.RunAsync(
        "influxql",
        input => Parse(Encoding.UTF8.GetString(input)),
        null,
        "SELECT ", "(", ")", "/", "'", "\"", ";", " WHERE ", " GROUP BY time(1m)", "99999999999999999999w", " LIMIT ", "-", "*", "::", "=~", "$");

    [Theory]
    [InlineData("SELECT ", "(")]
    [InlineData("SELECT ", "abs(")]
    [InlineData("SELECT ", "- ")]
    [InlineData("SELECT a FROM b WHERE ", "(")]
    [InlineData("", "SELECT a FROM (")]
    [InlineData("SELECT a", "+a")]
    public void Depth_is_refused_and_does_not_end_the_process(string head, string level) =>
        Assert.True(Parse(head + string.Concat(Enumerable.Repeat(level, 200_000))));

    private static bool Parse(string text)
    {
        try
        {
            Parser.Parse(text, new Dictionary<string, object?>());
            return false;
        }
        catch (InfluxQlParseException)
        {
            return true;
        }
    }
}
