using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Nbpy.Grafana.Tests;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.EndToEnd.Tests;

/// <summary>The whole system, and its dashboards in a real browser.</summary>
[Collection("one system at a time")]
public sealed class DashboardsInBrowserTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(180);

    /// <summary>What a young and healthy system has nothing of: lost messages.</summary>
    private static readonly string[] MayBeEmpty = ["Gaps"];
    private readonly List<string> errors = [];

    [Fact]
    public async Task Every_panel_of_every_dashboard_shows_data_of_the_running_system()
    {
        // Skips before anything is started where there is no browser.
        var page = await chromium.OpenAsync(errors);
        await using var system = TestSystem.Create();
        system.Start("--source", "simulated");
        await system.WaitForOutputAsync("Streaming.", StartLimit);

        using var http = new HttpClient();
        var url = $"http://127.0.0.1:{system.GrafanaPort}";
        var boards = JsonNode.Parse(await http.GetStringAsync(url + "/api/viewer/dashboards", TestContext.Current.CancellationToken))!.AsArray().Select(b => b!["uid"]!.ToString()).ToList();
        Assert.Equal(8, boards.Count);
        await page.GotoAsync(url + "/");
        await Expect(page.Locator(".tile").First).ToBeVisibleAsync();
        foreach (var uid in boards)
        {
            await page.GotoAsync($"{url}/d/{uid}?from=now-15m&to=now&refresh=1s");
            var panels = page.Locator(".panel");
            await Expect(panels.First).ToBeVisibleAsync();
            for (var i = 0; i < await panels.CountAsync(); i++)
            {
                var panel = panels.Nth(i);
                await panel.ScrollIntoViewIfNeededAsync();
                var title = await panel.Locator("h2").InnerTextAsync();
                var wanted = MayBeEmpty.Any(t => title.StartsWith(t, StringComparison.Ordinal)) ? new System.Text.RegularExpressions.Regex("^(drawn|empty)$") : new System.Text.RegularExpressions.Regex("^drawn$");
                try
                {
                    // A fill or a cancelled order may take its time.
                    await Expect(panel).ToHaveAttributeAsync("data-state", wanted, new LocatorAssertionsToHaveAttributeOptions { Timeout = 90_000 });
                }
                catch (PlaywrightException e)
                {
                    Assert.Fail($"{uid} / {title}: {await panel.InnerTextAsync()}\n{e.Message}\n{system.Output}");
                }
            }
        }

        Assert.Empty(errors);
    }
}
