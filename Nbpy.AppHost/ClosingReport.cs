using System.Globalization;
using System.Text.Json;
using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>What was published, stored and lost, from the counters that the services left behind.</summary>
internal sealed class ClosingReport
{
    private readonly IntegrationConfig config;
    private readonly string stateDirectory;
    private readonly string run;
    private readonly TextWriter output;
    private readonly List<string> unknown = [];
    private readonly List<string> uncounted = [];
    private long published;
    private long unwanted;
    private long unjudged;
    private long earlier;
    private SinkSums sums;

    private ClosingReport(IntegrationConfig config, string stateDirectory, string run, TextWriter output)
    {
        this.config = config;
        this.stateDirectory = stateDirectory;
        this.run = run;
        this.output = output;
    }

    /// <summary>Forgets the counters of an earlier run.</summary>
    public static void Clear(string stateDirectory)
    {
        Directory.CreateDirectory(stateDirectory);
        foreach (var file in Directory.EnumerateFiles(stateDirectory, "*.json"))
            File.Delete(file);
    }

    /// <summary>One line per stored topic and the sums.</summary>
    public static void Write(IntegrationConfig config, string stateDirectory, string run, TimeSpan elapsed, TextWriter output) =>
        new ClosingReport(config, stateDirectory, run, output).Write(elapsed);

    private void Write(TimeSpan elapsed)
    {
        output.WriteLine();
        output.WriteLine($"Stopped after {(elapsed.Days > 0 ? $"{elapsed.Days} d " : "")}{elapsed:hh\\:mm\\:ss}.");
        output.WriteLine($"  {"topic",-38}{"published",12}{"stored",12}{"spooled",10}{"rejected",10}{"lost",8}");
        foreach (var publisher in config.EnabledPublishers)
            WriteTopic(publisher);
        Say($"Published {published:N0} messages, stored {sums.Stored:N0}, spooled {sums.Spooled:N0}, rejected {sums.Rejected:N0}, lost {sums.Lost:N0}.");
        if (earlier > 0)
            Say($"Besides, {earlier:N0} messages of an earlier run were taken over, from the spool or from a publisher's ring.");
        if (unwanted > 0)
            Say($"Besides, {unwanted:N0} messages were published that no subscriber stores.");
        if (unjudged > 0)
            Say($"Besides, {unjudged:N0} messages went to programs that count nothing: {string.Join(", ", uncounted.Distinct())}. Whether they kept them, only they know.");
        foreach (var name in unknown.Distinct())
            output.WriteLine($"No counters from {name}: it never ran, or was killed before it could leave them; its topic's line is not to be relied on.");
    }

    private void WriteTopic(PublisherConfig publisher)
    {
        // The ring is exact also for a publisher that was killed; its counter file may be two seconds old then. A life that had to keep its
        // ring in memory is in the counters alone. Neither ever holds too many.
        var inRing = ReplayRing.MessagesOfRun(Path.Combine(config.RingDirectory(publisher), publisher.Topic + ".ring"), run);
        var left = Counters(publisher.Name);
        var sent = new[] { inRing, left is not null && left.TryGetValue(CounterNames.Published, out var counted) ? counted : null }.Max();
        if (inRing is null && left is null && publisher.Project is null)
            unknown.Add(publisher.Name);
        if (sent is null && publisher.Project is not null)
        {
            output.WriteLine($"  {Label(publisher),-38}{"?",12}   ({publisher.Name} is a program of your own that counts nothing)");
            uncounted.Add(publisher.Name);
        }

        var sinks = config.SubscribersOf(publisher).ToList();
        if (sinks.Count == 0)
        {
            Say($"  {Label(publisher),-38}{sent ?? 0,12:N0}   (no subscriber stores it)");
            unwanted += sent ?? 0;
            return;
        }

        var judged = 0;
        foreach (var sink in sinks)
        {
            var counters = Counters(sink.Name);
            if (counters is null && sink.Project is null)
                unknown.Add(sink.Name);
            if (sink.Project is not null && counters?.ContainsKey(CounterNames.Stored) != true)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Label(publisher),-38}{sent ?? 0,12:N0}   ({sink.Name} is a program of your own that counts nothing)"));
                uncounted.Add(sink.Name);
                continue;
            }

            judged++;
            var line = SinkSums.Of(sent, counters ?? []);
            if (sent is not null)
                Say($"  {Label(publisher),-38}{sent,12:N0}{line.Stored,12:N0}{line.Spooled,10:N0}{line.Rejected,10:N0}{line.Lost,8:N0}");
            else
                Say($"  {"",-38}{"?",12}{line.Stored,12:N0}{line.Spooled,10:N0}{line.Rejected,10:N0}{line.Lost,8:N0}");
            sums += line;
            earlier += counters?.GetValueOrDefault(CounterNames.EarlierRuns) ?? 0;
        }

        if (judged > 0)
            published += sent ?? 0;
        else
            unjudged += sent ?? 0;
    }

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Label(PublisherConfig publisher) => publisher.IsShard ? $"{publisher.Topic} ({publisher.Name})" : publisher.Topic;

    /// <summary>What a service left; null when it left nothing.</summary>
    private Dictionary<string, long>? Counters(string name)
    {
        try
        {
            var file = Path.Combine(stateDirectory, name + ".json");
            if (File.Exists(file))
                return JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllBytes(file)) ?? [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Falls through: a file that cannot be read is as good as none.
        }

        return null;
    }
}
