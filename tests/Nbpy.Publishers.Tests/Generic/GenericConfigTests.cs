using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Publishers.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Generic;

/// <summary>What is wrong in a generic publisher's options is said with its place and the mend, everything at once.</summary>
public sealed class GenericConfigTests
{
    [Theory]
    [InlineData("""{"fields":{"p":"p"}}""", "url", "wss://")]
    [InlineData("""{"url":"http://x/","fields":{"p":"p"}}""", "url", "wss://")]
    [InlineData("""{"url":"ws://x/"}""", "fields", "name at least one")]
    [InlineData("""{"url":"ws://x/","fields":{}}""", "fields", "name at least one")]
    [InlineData("""{"url":"ws://x/","fields":{"p":"a..b"}}""", "fields.p", "no path")]
    [InlineData("""{"url":"ws://x/","fields":{"p":"a[x]"}}""", "fields.p", "no path")]
    [InlineData("""{"url":"ws://x/","fields":{"p":7}}""", "fields.p", "a path such as")]
    [InlineData("""{"url":"ws://x/","fields":{"p":{"type":"number"}}}""", "fields.p.path", "missing")]
    [InlineData("""{"url":"ws://x/","fields":{"p":{"path":"p","value":1}}}""", "fields.p.path", "keep one")]
    [InlineData("""{"url":"ws://x/","fields":{"p":{"path":"p","type":"decimal"}}}""", "fields.p.type", "number, integer, boolean, string")]
    [InlineData("""{"url":"ws://x/","fields":{"p":{"path":"p","typ":"number"}}}""", "fields.p.typ", "type")]
    [InlineData("""{"url":"ws://x/","fields":{"timestamp":"p"}}""", "fields.timestamp", "choose another")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"tags":{"a":"q"}}""", "fields", "a field and a tag")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"tags":{"b":{"path":"q","type":"integer"}}}""", "tags.b.type", "make it a field")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"timestamp":{"path":"T"}}""", "timestamp.unit", "s, ms, us, ns or rfc3339")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"timestamp":{"path":"T","unit":"days"}}""", "timestamp.unit", "rfc3339")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"timestamp":{"unit":"ms"}}""", "timestamp.path", "time of receipt")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"where":{"a":{}}}""", "where.a", "a string, a number")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"ping":{"every_seconds":20}}""", "ping.message", "what is to be sent")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"ping":{"message":"p","every_seconds":0}}""", "ping.every_seconds", "from 1 to 3600")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"stale_seconds":0}""", "stale_seconds", "from 1 to 86400")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"keep":"some"}""", "keep", "all nor newest")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"subscribe":[{"s":"{instrument}"}]}""", "subscribe[0]", "instruments")]
    [InlineData("""{"url":"ws://x/","fields":{"a":"p"},"item":"data"}""", "item", "items")]
    public void A_mistake_is_named_with_its_place_and_the_mend(string options, string path, string mend)
    {
        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => GenericConfig.Load(options)).Errors);
        Assert.Equal($"$.publishers[0].options.{path}", error.JsonPath);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0);
    }

    [Fact]
    public void Mistakes_are_told_at_once()
    {
        var errors = Assert.Throws<ConfigurationException>(() => GenericConfig.Load("""{"url":"x","fields":{"p":"a."},"keep":"x"}""", source: "simulated")).Errors;
        Assert.Equal(
            ["$.publishers[0].options.fields.p", "$.publishers[0].options.keep", "$.publishers[0].options.url", "$.publishers[0].source"],
            errors.Select(e => e.JsonPath).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Instruments_are_filled_into_what_is_sent()
    {
        var feed = GenericConfig.Load(
            """{"url":"ws://x/","fields":{"p":"p"},"subscribe":[{"all":"{instruments}"},{"one":"t.{instrument}"},"plain {instrument}"]}""", instruments: ["A\"/B", "C"]).WebSocketFeed!;
        Assert.Equal(["""{"all":["A\"/B","C"]}""", """{"one":"t.A\"/B"}""", """{"one":"t.C"}""", "plain A\"/B", "plain C"], feed.Subscribe);
    }

    [Fact]
    public void A_replay_needs_a_file_and_no_address()
    {
        var config = GenericConfig.Load("""{"fields":{"p":"p"}}""", source: "replay");
        Assert.Contains("options.file", Assert.Throws<ReplayException>(() => ReplaySource.Create(config, TimeProvider.System, NullLogger.Instance)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a[")]
    [InlineData("a[1")]
    [InlineData("a[-1]")]
    [InlineData("a['b]")]
    [InlineData("a['b'")]
    [InlineData("[']")]
    [InlineData("['")]
    [InlineData("$a")]
    [InlineData("a[0]b")]
    public void What_is_no_path_is_refused(string text) => Assert.Null(ValuePath.Parse(text));
}
