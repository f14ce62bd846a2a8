using System.Globalization;
using System.Text.Json.Nodes;
using Nbpy.Messaging;

namespace Nbpy.EndToEnd.Tests;

/// <summary>Everything that a topic's publisher has ever published, with the point that each message is to be in the store: read from the ring's
/// file, into which a message goes before it goes onto the wire, and from no service's counter.</summary>
/// <param name="system">Whose topic.</param>
/// <param name="topic">The topic, and the measurement of its name.</param>
internal sealed class PublishedMessages(TestSystem system, string topic)
{
    private const int HeaderBytes = 4096;
    private readonly string path = Path.Combine(system.Folder, "data", "rings", topic + ".ring");
    private readonly string[] tags = [.. system.Config["influxdb"]!["measurements"]![topic]!["tags"]!.AsArray().Select(t => t!.GetValue<string>()).Append("source")];

    /// <summary>The points by their messages.</summary>
    public Dictionary<(ulong Epoch, ulong Sequence), string> Points { get; } = [];

    /// <summary>The points of an answer to <c>SELECT … GROUP BY *</c>, each as often as it is there.</summary>
    public IEnumerable<string> Stored(JsonArray series) =>
        from one in series
        from row in one!["values"]!.AsArray()
        select Point(tag => one["tags"]![tag]?.GetValue<string>(), row![0]!.GetValue<long>());

    /// <summary>Takes what the ring holds now. A ring that goes round must be looked at more often than that.</summary>
    public void Look()
    {
        if (!File.Exists(path))
            return;
        var copy = path + ".seen";
        File.Copy(path, copy, overwrite: true);
        using var ring = new ReplayRing(copy, (int)(new FileInfo(copy).Length - HeaderBytes), int.MaxValue);
        foreach (var (epoch, oldest, newest) in ring.Epochs)
        {
            var from = Math.Max(oldest, Points.ContainsKey((epoch, oldest)) ? Unseen(epoch, oldest) : oldest);
            using var payloads = new MemoryStream();
            if (from > newest || ring.Copy(epoch, from, newest, int.MaxValue, payloads) is not { Count: > 0 and var count })
                continue;
            Add(epoch, from, count, payloads.ToArray());
        }

        Epochs = ring.History;
    }

    /// <summary>How far each epoch went, as the ring's own table of them has it.</summary>
    public IReadOnlyList<(ulong Epoch, ulong Newest)> Epochs { get; private set; } = [];

    /// <summary>Fails unless each message of each epoch was seen.</summary>
    public void AssertAllSeen()
    {
        foreach (var (epoch, newest) in Epochs)
            for (var sequence = 1UL; sequence <= newest; sequence++)
                Assert.True(Points.ContainsKey((epoch, sequence)), $"{topic}: the test missed _seq {sequence} of epoch {epoch}; look more often");
        Assert.Equal(Epochs.Sum(e => (long)e.Newest), Points.Count);
    }

    private ulong Unseen(ulong epoch, ulong from)
    {
        while (Points.ContainsKey((epoch, from)))
            from++;
        return from;
    }

    private void Add(ulong epoch, ulong from, int count, byte[] payloads)
    {
        // A list of maps, as in an answer to a subscriber.
        byte[] list = [0xdd, (byte)(count >> 24), (byte)(count >> 16), (byte)(count >> 8), (byte)count, .. payloads];
        var sequence = from;
        foreach (var message in MessageReader.Read(list))
        {
            Assert.Equal((epoch, sequence), (Convert.ToUInt64(message["_epoch"], CultureInfo.InvariantCulture), Convert.ToUInt64(message["_seq"], CultureInfo.InvariantCulture)));
            Points[(epoch, sequence)] = Point(
                tag => message.GetValueOrDefault(tag) is { } value ? Convert.ToString(value, CultureInfo.InvariantCulture) : null,
                StoredTime.Of((long)message["timestamp"]!, sequence));
            sequence++;
        }
    }

    private string Point(Func<string, string?> tag, long time) => string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', tags.Select(tag))} {time}");
}
