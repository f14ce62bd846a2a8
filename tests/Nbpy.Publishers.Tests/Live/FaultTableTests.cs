using System.Text.RegularExpressions;

namespace Nbpy.Publishers.Tests.Live;

/// <summary>FAULTS.md says which test shows which fault of which venue: its tests exist.</summary>
public sealed partial class FaultTableTests
{
    [Fact]
    public void Every_test_that_the_table_names_exists()
    {
        var tests = typeof(FaultTableTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods().Where(m => m.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length > 0).Select(m => $"{t.Name}.{m.Name}")).ToHashSet();
        var named = Named().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Live", "FAULTS.md"))).Select(m => m.Groups[1].Value).ToList();
        Assert.True(named.Count > 80, $"{named.Count}");
        Assert.Equal([], named.Except(tests));
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Named();
}
