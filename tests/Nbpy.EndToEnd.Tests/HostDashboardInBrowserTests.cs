using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.EndToEnd.Tests;

/// <summary>The host's own pages over a real run, in a real browser: one system for all of it. With NBPY_SCREENSHOTS set to a folder, pictures are
/// left there.</summary>
[Collection(OneSystem.Name)]
public sealed partial class HostDashboardInBrowserTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Publisher = "kraken-tick";
    private const string Subscriber = "kraken-influxdb-tick";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(180);
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("NBPY_SCREENSHOTS");

    /// <summary>Metrics are sent every ten seconds, on a busy machine not at once.</summary>
    private static readonly LocatorAssertionsToHaveTextOptions Patient = new() { Timeout = 60_000 };
    private readonly List<string> errors = [];

    [Fact]
    public async Task Every_page_shows_the_running_system_and_a_subscriber_restarted_from_the_page_comes_back_with_nothing_lost()
    {
        // Skips before anything is started where there is no browser.
        var page = await chromium.OpenAsync(errors);
        await using var system = TestSystem.Create();
        system.Start("--source", "simulated");
        await system.WaitForOutputAsync("Dashboard: ", StartLimit);
        var site = system.DashboardLogin.GetLeftPart(UriPartial.Authority);

        await page.GotoAsync(site);
        await Expect(page.GetByLabel("Token")).ToBeVisibleAsync();
        await page.GotoAsync(system.DashboardLogin.AbsoluteUri);
        await SeeServicesGetHealthyAsync(page, system);
        await SeeDetailsAsync(page, site);
        await SeeTelemetryAsync(page, site);
        var before = await TotalAsync(page, site);
        await SeeJobsEndAsync(page, site, system);
        await RestartAsync(page, site, system);
        await SeeMetricsMoveAsync(page, site, before);
        Assert.Empty(errors);

        system.Signal(PosixSignal.SIGINT);
        Assert.Equal(0, await system.WaitForExitAsync(TimeSpan.FromSeconds(40)));
        ClosingSums.AssertNothingLost(system);
        await system.AssertNoSurvivorsAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>The page is open while they start: no reload.</summary>
    private static async Task SeeServicesGetHealthyAsync(IPage page, TestSystem system)
    {
        await LiveAsync(page);
        await Expect(page.Locator("tr[data-resource]").GetByText("Healthy", new() { Exact = true }))
            .ToHaveCountAsync(system.Services, new() { Timeout = (float)StartLimit.TotalMilliseconds });
        await PictureAsync(page, "resources");
    }

    private static async Task SeeJobsEndAsync(IPage page, string site, TestSystem system)
    {
        await GoAsync(page, site, "/");
        foreach (var job in (string[])["influxdb-setup", "grafana-setup", "validation"])
            await Expect(page.Locator($"tr[data-resource={job}] .state")).ToHaveTextAsync("Finished", Patient);
        var services = system.Services;
        await Expect(page.Locator(".status-line")).ToHaveTextAsync($"{services + 3} of {services + 3} resources · {services} running · none in trouble");
    }

    private static async Task SeeDetailsAsync(IPage page, string site)
    {
        await GoAsync(page, site, "/?details=" + Subscriber);
        var details = page.GetByLabel(Subscriber, new() { Exact = true });
        await Expect(details.Locator("tr", new() { HasText = "WaitForCompletion" })).ToContainTextAsync("influxdb-setup");
        await Expect(details.Locator("tr", new() { HasTextRegex = new("^Reference.*kraken-tick$") })).ToBeVisibleAsync();
        await Expect(details.Locator("tr", new() { HasText = "INFLUXDB_PASSWORD" })).ToContainTextAsync("●●●●");
        await PictureAsync(page, "details");
        await details.GetByRole(AriaRole.Link, new() { Name = "influxdb-password" }).ClickAsync();
        var parameter = page.Locator("tr[data-parameter=influxdb-password]");
        await Expect(parameter).ToContainTextAsync("●●●●");
        await Expect(parameter).ToContainTextAsync(Subscriber);
        await PictureAsync(page, "parameters");
        await GoAsync(page, site, "/?view=graph");
        await Expect(page.Locator("g.node", new() { HasText = Subscriber })).ToBeVisibleAsync();
        await PictureAsync(page, "graph");
    }

    /// <summary>Logs, and a trace that goes from the publisher through the message into the subscriber and the store.</summary>
    private static async Task SeeTelemetryAsync(IPage page, string site)
    {
        await GoAsync(page, site, "/structuredlogs?resource=" + Publisher);
        await page.GetByText("Publishing on").First.ClickAsync();
        await Expect(page.GetByText("Attributes")).ToBeVisibleAsync();
        await PictureAsync(page, "structured");

        await GoAsync(page, site, "/traces?resource=" + Subscriber);
        var trace = page.Locator("tbody tr", new() { HasText = $"{Publisher}: publish" }).Filter(new() { HasText = Subscriber }).First;
        await Expect(trace).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await PictureAsync(page, "traces");
        await trace.Locator("a").First.ClickAsync();
        await Expect(page.Locator(".span-row", new() { HasText = $"{Publisher}: publish kraken_tick" })).ToBeVisibleAsync();
        await Expect(page.Locator(".span-row", new() { HasText = "influxdb: POST /write" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await page.Locator(".span-row", new() { HasText = $"{Subscriber}: store kraken_tick" }).ClickAsync();
        await Expect(page.GetByText("db.collection.name")).ToBeVisibleAsync();
        await PictureAsync(page, "trace");
    }

    /// <summary>Its states as the page shows them, from the click until it is healthy again (another process, and one restart), while another
    /// window follows what it prints.</summary>
    private static async Task RestartAsync(IPage page, string site, TestSystem system)
    {
        var process = system.FindProcess("Nbpy.Subscribers kraken_influxdb_tick");
        var console = await page.Context.NewPageAsync();
        await GoAsync(console, site, "/consolelogs/resource/" + Subscriber);
        var subscribed = console.Locator(".line", new() { HasText = "Subscribed to kraken_tick" });
        await Expect(subscribed).ToHaveCountAsync(1);

        var row = page.Locator($"tr[data-resource={Subscriber}]");
        await row.EvaluateAsync("""
            row => {
              const state = () => row.querySelector(".state").innerText.trim();
              window.states = [state()];
              new MutationObserver(() => { if (window.states.at(-1) !== state()) window.states.push(state()); }).observe(row, { childList: true, subtree: true, characterData: true });
            }
            """);
        await row.Locator("[data-command=restart]").ClickAsync();
        await Expect(page.GetByText($"{Subscriber}: Restart – done")).ToBeVisibleAsync();
        await Expect(row.Locator("td.num")).ToHaveTextAsync("1");
        await Expect(row.Locator(".state")).ToHaveTextAsync("Running");
        await Expect(row.GetByText("Healthy", new() { Exact = true })).ToBeVisibleAsync();
        await PictureAsync(page, "restarted");
        var states = await page.EvaluateAsync<string[]>("window.states");
        Assert.True(states is ["Running", .., "Running"] && states.Length > 2, string.Join(" → ", states));
        Assert.NotEqual(process, system.FindProcess("Nbpy.Subscribers kraken_influxdb_tick"));

        await Expect(subscribed).ToHaveCountAsync(2);
        await Expect(subscribed.Last).ToBeInViewportAsync();
        await PictureAsync(console, "console");
        await console.CloseAsync();
    }

    /// <summary>The publisher's: it has gone on while its subscriber was away.</summary>
    private static async Task SeeMetricsMoveAsync(IPage page, string site, long before)
    {
        await PublishedAsync(page, site);
        await Expect(page.Locator(".legend b").First).Not.ToHaveTextAsync(Whole(before), Patient);
        Assert.InRange(await TotalAsync(page, site), before + 1, long.MaxValue);
        await PictureAsync(page, "metrics");
    }

    private static async Task<long> TotalAsync(IPage page, string site)
    {
        await PublishedAsync(page, site);
        var total = page.Locator(".legend b").First;
        await Expect(total).ToHaveTextAsync(Number(), Patient);
        return long.Parse(Number().Match(await total.InnerTextAsync()).Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    private static Task PublishedAsync(IPage page, string site) =>
        GoAsync(page, site, $"/metrics/resource/{Publisher}?meter=Nbpy&instrument=nbpy.messages.published&show=total");

    private static Regex Whole(long value) => new($"^{value.ToString(CultureInfo.InvariantCulture)} ");

    /// <summary>Opens a page and waits until its live connection stands.</summary>
    private static async Task GoAsync(IPage page, string site, string path)
    {
        await page.GotoAsync(site + path);
        await LiveAsync(page);
    }

    private static Task LiveAsync(IPage page) => page.Locator("body[data-live]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Pictures is null)
            return;
        Directory.CreateDirectory(Pictures);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"host-{name}.png"), Animations = ScreenshotAnimations.Disabled });
    }

    [GeneratedRegex(@"^[\d,]+")]
    private static partial Regex Number();
}
