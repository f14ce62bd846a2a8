using System.Text;
using System.Text.Json;
using Nbpy.Messaging;

namespace Nbpy.Publishers.Tests.Replay;

/// <summary>Recordings in the output folder: the program's own, and the tests'.</summary>
internal static class Feeds
{
    public static string Bundled(string name) => Path.Combine(AppContext.BaseDirectory, "Replay", "feeds", name);

    public static string Fixture(string venue, string name) => Path.Combine(AppContext.BaseDirectory, venue, "feeds", name);

    /// <summary>The lines that hold anything, as bytes.</summary>
    public static IEnumerable<byte[]> Lines(string path) =>
        File.ReadLines(path).Where(line => line.Length > 0).Select(Encoding.UTF8.GetBytes);

    /// <summary>The steps of a composed session.</summary>
    public static IEnumerable<(string Direction, byte[] Frame, string? Expect)> Steps(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            yield return (
                root.GetProperty("dir").GetString()!,
                Encoding.UTF8.GetBytes(root.TryGetProperty("frame", out var frame) ? frame.GetString()! : ""),
                root.TryGetProperty("expect", out var expect) ? expect.GetString() : null);
        }
    }

    /// <summary>The value of a key, boxed; null when the message lacks it.</summary>
    public static object? Get(this MarketMessage message, string name)
    {
        var value = message.Fields.SingleOrDefault(field => field.Name == name).Value;
        return value.Kind switch
        {
            FieldKind.None => null,
            FieldKind.Float => value.Number,
            FieldKind.Integer => value.Integer,
            FieldKind.Boolean => value.Boolean,
            _ => value.Text,
        };
    }

    /// <summary>The keys that have a value, in order.</summary>
    public static IEnumerable<string> Keys(this MarketMessage message) =>
        message.Fields.Where(field => field.Value.Kind != FieldKind.None).Select(field => field.Name);
}
