using System.Globalization;
using System.Text.Json;

namespace Nbpy.Validation;

/// <summary>What was found on one topic.</summary>
/// <param name="Messages">Messages in the window.</param>
/// <param name="Rate">Messages a second.</param>
/// <param name="Problem">Why it fails; null when it does not.</param>
public sealed record TopicFinding(string Topic, long Messages, double Rate, string? Problem);

/// <summary>What was found of one measurement.</summary>
/// <param name="Where">Full name in the store.</param>
/// <param name="Points">Points in the window.</param>
/// <param name="Sent">Messages received in the window; null when not compared.</param>
/// <param name="Problem">Why it fails; null when it does not.</param>
public sealed record MeasurementFinding(string Measurement, string Where, long Points, long? Sent, string? Problem);

/// <summary>The validator's findings.</summary>
public sealed record ValidationReport(IReadOnlyList<TopicFinding>? Topics, IReadOnlyList<MeasurementFinding>? Measurements, IReadOnlyList<string> Warnings)
{
    /// <summary>True when every topic streams.</summary>
    public bool TopicsPassed => Topics is null || Topics.All(t => t.Problem is null);

    /// <summary>True when everything is stored.</summary>
    public bool MeasurementsPassed => Measurements is null || Measurements.All(m => m.Problem is null);

    /// <summary>True when nothing fails.</summary>
    public bool Passed => TopicsPassed && MeasurementsPassed;

    /// <summary>One line a topic and a measurement, and the verdicts.</summary>
    public void WriteText(TextWriter output)
    {
        foreach (var topic in Topics ?? [])
            output.WriteLine(topic.Problem is null
                ? string.Create(CultureInfo.InvariantCulture, $"✓ {topic.Topic}: {topic.Messages} messages, rate: {topic.Rate:0.0} msg/sec")
                : $"✗ {topic.Topic}: {topic.Problem}");
        foreach (var found in Measurements ?? [])
            output.WriteLine(found.Problem is null
                ? string.Create(CultureInfo.InvariantCulture, $"✓ {found.Measurement}: {found.Points} points in {found.Where}{(found.Sent is { } sent ? $", {sent} sent" : "")}")
                : $"✗ {found.Measurement}: {found.Problem}");
        foreach (var warning in Warnings)
            output.WriteLine($"! {warning}");
        if (Topics?.Count > 0)
            output.WriteLine(TopicsPassed ? "✓ ALL TOPICS STREAMING SUCCESSFULLY" : "✗ NOT ALL TOPICS ARE STREAMING");
        if (Measurements?.Count > 0)
            output.WriteLine(MeasurementsPassed ? "✓ INFLUXDB DATA INGESTION SUCCESSFUL" : "✗ INFLUXDB DATA INGESTION FAILED");
    }

    /// <summary>The findings as one document.</summary>
    public void WriteJson(TextWriter output) => output.WriteLine(JsonSerializer.Serialize(this, JsonSerializerOptions.Web));
}
