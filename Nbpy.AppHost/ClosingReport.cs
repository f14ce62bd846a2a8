using System.Globalization;
using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>What was published, stored and lost, from the counters that the services left behind.</summary>
internal static class ClosingReport
{
    /// <summary>Forgets the counters of an earlier run.</summary>
    public static void Clear(string stateDirectory)
    {
        Directory.CreateDirectory(stateDirectory);
        foreach (var file in Directory.EnumerateFiles(stateDirectory, "*.json"))
            File.Delete(file);
    }

    /// <summary>One line per stored topic and the sums.</summary>
    public static void Write(IntegrationConfig config, string stateDirectory, string run, TimeSpan elapsed, TextWriter output)
    {
        var unknown = new List<string>();
        long published = 0, unwanted = 0, stored = 0, spooled = 0, rejected = 0, lost = 0;
        output.WriteLine();
        output.WriteLine($"Stopped after {elapsed:hh\\:mm\\:ss}.");
        output.WriteLine($"  {"topic",-38}{"published",12}{"stored",12}{"spooled",10}{"rejected",10}{"lost",8}");
        foreach (var publisher in config.EnabledPublishers)
        {
            // The ring is exact also for a publisher that was killed; its counter file may be two seconds old then.
            var sent = ReplayRing.MessagesOfRun(Path.Combine(config.RingDirectory(publisher), publisher.Topic + ".ring"), run)
                ?? Counter(stateDirectory, publisher.Name, unknown).GetValueOrDefault(CounterNames.Published);
            var sinks = config.SubscribersOf(publisher).Select(s => Counter(stateDirectory, s.Name, unknown)).ToList();
            if (sinks.Count == 0)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Label(publisher),-38}{sent,12:N0}   (no subscriber stores it)"));
                unwanted += sent;
                continue;
            }

            published += sent;

            foreach (var sink in sinks)
            {
                var kept = sink.GetValueOrDefault(CounterNames.Stored);
                var held = sink.GetValueOrDefault(CounterNames.Spooled);
                var refused = sink.GetValueOrDefault(CounterNames.DeadLettered) + sink.GetValueOrDefault(CounterNames.Unstorable);
                // Either way of counting: what the subscriber named as lost, and what is simply not there.
                var missing = Math.Max(sink.GetValueOrDefault(CounterNames.Lost), sent - kept - held - refused);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Label(publisher),-38}{sent,12:N0}{kept,12:N0}{held,10:N0}{refused,10:N0}{missing,8:N0}"));
                stored += kept;
                spooled += held;
                rejected += refused;
                lost += missing;
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Published {published:N0} messages, stored {stored:N0}, spooled {spooled:N0}, rejected {rejected:N0}, lost {lost:N0}."));
        if (unwanted > 0)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Besides, {unwanted:N0} messages were published that no subscriber stores."));
        foreach (var name in unknown.Distinct())
            output.WriteLine($"No counters from {name}: it never ran, or was killed before it could leave them; its topic's line is not to be relied on.");
    }

    private static string Label(PublisherConfig publisher) => publisher.IsShard ? $"{publisher.Topic} ({publisher.Name})" : publisher.Topic;

    private static Dictionary<string, long> Counter(string directory, string name, List<string> unknown)
    {
        try
        {
            var file = Path.Combine(directory, name + ".json");
            if (File.Exists(file))
                return JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(file)) ?? [];
        }
        catch (JsonException)
        {
            // Falls through: a file that cannot be read is as good as none, and is named.
        }

        unknown.Add(name);
        return [];
    }
}
