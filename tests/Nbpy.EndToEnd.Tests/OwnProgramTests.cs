using System.Text.Json.Nodes;

namespace Nbpy.EndToEnd.Tests;

/// <summary>A publisher of the user's own, as docs/extending.md shows it, started by the host beside the embedded parts.</summary>
[Collection(OneSystem.Name)]
public sealed class OwnProgramTests
{
    private static readonly string Sample = Path.Combine(TestSystem.Root, "samples", "MyPublisher");

    [Fact]
    public async Task The_documented_publisher_runs_under_the_host_is_stored_and_counted_to_the_last_message()
    {
        await using var system = TestSystem.Create();
        system.UseOnly(
            new JsonObject { ["name"] = "my_publisher", ["class"] = "MyPublisher", ["topic"] = "my_topic", ["project"] = Path.Combine(Sample, "MyPublisher.csproj") },
            "symbol");
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
