using System.Text.RegularExpressions;

namespace Nbpy.EndToEnd.Tests;

/// <summary>The sums of the closing report.</summary>
internal static partial class ClosingSums
{
    /// <summary>Everything that was published is stored, and every service's counters were there to be added up.</summary>
    public static void AssertNothingLost(TestSystem system)
    {
        var sums = Sums().Match(system.Output);
        Assert.True(sums.Success, system.Output);
        Assert.True(sums.Groups["lost"].Value == "0" && sums.Groups["rejected"].Value == "0", system.Output + system.Logs());
        Assert.Equal(sums.Groups["published"].Value, sums.Groups["stored"].Value);
        Assert.NotEqual("0", sums.Groups["published"].Value);
        Assert.DoesNotContain("No counters from", system.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Published (?<published>[\d,]+) messages, stored (?<stored>[\d,]+), spooled [\d,]+, rejected (?<rejected>[\d,]+), lost (?<lost>[\d,]+)\.")]
    private static partial Regex Sums();
}
