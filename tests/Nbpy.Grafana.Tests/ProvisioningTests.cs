using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Nbpy.Grafana.Tests;

public sealed class ProvisioningTests
{
    [Fact]
    public void WritingTwiceChangesNothingAndNoFileHoldsThePassword()
    {
        var folder = Directory.CreateTempSubdirectory("nbpy-files-").FullName;
        try
        {
            var config = Configurations.Seven(8086);
            Assert.All(ProvisioningFiles.Write(config, null, folder), r => Assert.Equal(SetupOutcome.Created, r.Outcome));
            Assert.All(ProvisioningFiles.Write(config, null, folder), r => Assert.Equal(SetupOutcome.Unchanged, r.Outcome));
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                Assert.DoesNotContain("store-pw", File.ReadAllText(file), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task TheFilesAreYamlThatSaysWhatTheRulesSay()
    {
        var cancel = TestContext.Current.CancellationToken;
        const string Python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(Python), "python3 is not installed.");
        var config = Configurations.Seven(8086);
        var text = ProvisioningFiles.Of(config, "http://influxdb:8086").Single(f => f.Path.Contains("alerting", StringComparison.Ordinal)).Text;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import sys\ntry:\n import yaml\nexcept ImportError: sys.exit(77)\nimport json\nprint(json.dumps(yaml.safe_load(sys.stdin)))"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var read = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Assert.SkipWhen(process.ExitCode == 77, "python3 has no yaml.");
        Assert.True(JsonNode.DeepEquals(AlertRules.ToJson(config), JsonNode.Parse(read)), read);
    }

    [Fact]
    public void ATopicThatIsSwitchedOffHasNoRuleOfSilence()
    {
        var config = Configurations.Seven(8086);
        List<string> Rules(Nbpy.ServiceDefaults.Configuration.IntegrationConfig of) => [.. AlertRules.ForApi(of).Select(r => r["uid"]!.ToString())];
        Assert.Contains("oanda_tick_silent_stream", Rules(config));
        Assert.DoesNotContain("oanda_tick_silent_stream", Rules(config with { Publishers = [.. config.Publishers.Select(p => p.Topic == "oanda_tick" ? p with { Enabled = false } : p)] }));
        Assert.DoesNotContain("oanda_tick_silent_stream", Rules(config with { Subscribers = [.. config.Subscribers.Select(s => s.Measurement == "oanda_tick" ? s with { Enabled = false } : s)] }));

        // Its publisher may run elsewhere.
        Assert.Contains("oanda_tick_silent_stream", Rules(config with { Publishers = [.. config.Publishers.Where(p => p.Topic != "oanda_tick")] }));
    }

    [Fact]
    public void EveryRuleLeadsToAPanelOfADashboard()
    {
        var config = Configurations.Seven(8086);
        var boards = Dashboards.All(config).ToDictionary(d => d.Uid);
        Assert.All(AlertRules.ForApi(config), r => Assert.InRange(int.Parse(r["annotations"]!["__panelId__"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture), 1, boards[r["annotations"]!["__dashboardUid__"]!.ToString()].Panels.Count));
    }

    [Fact]
    public void EveryTopicHasARuleOfSilenceAndUidsAreValid()
    {
        var config = Configurations.Seven(8086);
        var rules = AlertRules.ToJson(config)["groups"]![0]!["rules"]!.AsArray();
        var uids = rules.Select(r => r!["uid"]!.ToString()).ToList();
        Assert.Equal(config.InfluxDb.Measurements.Count + 3, uids.Distinct().Count());
        Assert.All(rules, r => Assert.Contains("WHERE $$timeFilter", r!["data"]![0]!["model"]!["query"]!.ToString(), StringComparison.Ordinal));
        Assert.All(uids, u => Assert.Matches("^[A-Za-z0-9_-]{1,40}$", u));
    }
}
