using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>A publisher of the user's own, as docs/extending.md shows it, started by the host beside the embedded parts.</summary>
[Collection("one system at a time")]
public sealed class OwnProgramTests
{
    private static readonly string Sample = Path.Combine(TestSystem.Root, "samples", "MyPublisher");

    [Fact]
    public async Task The_documented_publisher_runs_under_the_host_is_stored_and_counted_to_the_last_message()
    {
        await using var system = TestSystem.Create();
        var ports = TestSystem.FreePorts(2);
        system.Config["publishers"] = new JsonArray(new JsonObject
        {
            ["name"] = "my_publisher", ["class"] = "MyPublisher", ["project"] = Path.Combine(Sample, "MyPublisher.csproj"),
            ["topic"] = "my_topic", ["port"] = ports[0], ["replay_port"] = ports[1],
        });
        system.Config["subscribers"] = new JsonArray(new JsonObject
        {
            ["name"] = "my_influxdb", ["class"] = "InfluxDBSubscriber", ["subscribe_to"] = "my_topic", ["publisher_port"] = ports[0], ["influxdb_measurement"] = "my_topic",
        });
        system.Config["influxdb"]!["measurements"] = new JsonObject
        {
            ["my_topic"] = new JsonObject { ["tags"] = new JsonArray("symbol"), ["fields"] = new JsonArray("price", "size") },
        };
        system.Config["validation"] = new JsonObject { ["message_timeout"] = 5, ["grafana_check"] = new JsonObject { ["enabled"] = false } };
        system.Config.AsObject().Remove("downsampling");
        system.Start("--exit-after", "validation");
        Assert.True(await system.WaitForExitAsync(TimeSpan.FromSeconds(120)) == 0, system.Output);
        Assert.Contains("✓ my_topic:", system.Output, StringComparison.Ordinal);
        Assert.Contains("✓ INFLUXDB DATA INGESTION SUCCESSFUL", system.Output, StringComparison.Ordinal);
        Assert.Matches(@"Published (\d+) messages, stored \1, spooled 0, rejected 0, lost 0\.", system.Output);
        Assert.DoesNotContain("No counters from", system.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_is_the_one_that_the_documentation_shows() =>
        Assert.Contains(
            $"```csharp\n{File.ReadAllText(Path.Combine(Sample, "Program.cs"))}```", File.ReadAllText(Path.Combine(TestSystem.Root, "docs", "extending.md")), StringComparison.Ordinal);
}
