using Microsoft.Playwright;
using Nbpy.Dashboard.Model;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Dashboard.Tests.Browser;

/// <summary>What people do on the pages, in a real browser.</summary>
public sealed class InteractionTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly DashboardOptions Open = Servers.FreePorts with { AllowAnonymous = true };
    private readonly List<string> errors = [];

    [Fact]
    public async Task AServiceIsRestartedFromThePageAndItsNewStateIsSeen()
    {
        var model = FakeModel.Pipeline();
        await using var server = await Servers.StartAsync(model, Open);
        var page = await OpenAsync(server, "/");
        var row = page.Locator("tr[data-resource=kraken-orders]");
        await Expect(row.GetByText("Unhealthy", new() { Exact = true })).ToBeVisibleAsync();
        await row.Locator("[data-command=restart]").ClickAsync();
        await Expect(row.GetByText("Healthy", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(row.Locator("td.num")).ToHaveTextAsync("4");
        await Expect(page.GetByText("kraken-orders: Restart – done")).ToBeVisibleAsync();
        Assert.Equal(("kraken-orders", "restart"), Assert.Single(model.Executed));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ACommandOfTheResourcesOwnIsRunAndItsFailureSaid()
    {
        var model = FakeModel.Pipeline();
        await using var server = await Servers.StartAsync(model, Open);
        var page = await OpenAsync(server, "/?details=kraken-tick");
        await page.Locator("fluent-button", new() { HasText = "Flush the spool" }).ClickAsync();
        await Expect(page.GetByText("kraken-tick: Flush the spool failed: the spool is empty")).ToBeVisibleAsync();
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ASecretIsMaskedUntilItIsAskedFor()
    {
        await using var server = await Servers.StartAsync(options: Open);
        var page = await OpenAsync(server, "/?details=kraken-tick");
        var row = page.Locator("tr", new() { HasText = "INFLUXDB_PASSWORD" });
        await Expect(row).ToContainTextAsync("●●●●");
        Assert.DoesNotContain(FakeModel.Secret, await page.ContentAsync(), StringComparison.Ordinal);
        await row.GetByTitle("Reveal").ClickAsync();
        await Expect(row).ToContainTextAsync(FakeModel.Secret);
        await row.GetByTitle("Hide").ClickAsync();
        await Expect(row).Not.ToContainTextAsync(FakeModel.Secret);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ThePanelIsAsWideAsItWasDrawn()
    {
        await using var server = await Servers.StartAsync(options: Open);
        var page = await OpenAsync(server, "/?details=kraken-tick");
        var panel = page.Locator(".panel");
        var before = (await panel.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(before.X, before.Y + 200);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(before.X - 150, before.Y + 200, new() { Steps = 3 });
        await page.Mouse.UpAsync();
        Assert.InRange((await panel.BoundingBoxAsync())!.Width, before.Width + 140, before.Width + 160);
        await page.ReloadAsync();
        await page.Locator("body[data-live]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        Assert.InRange((await panel.BoundingBoxAsync())!.Width, before.Width + 140, before.Width + 160);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ALogIsFollowedPausedClearedAndSearched()
    {
        var model = FakeModel.Pipeline();
        model.Print("kraken-tick", [.. Enumerable.Range(1, 200).Select(i => $"line {i}")]);
        await using var server = await Servers.StartAsync(model, Open);
        var page = await OpenAsync(server, "/consolelogs/resource/kraken-tick");
        await Expect(page.Locator(".line", new() { HasText = "line 200" })).ToBeInViewportAsync();
        model.Print("kraken-tick", "\u001b[31mnow\u001b[0m and then");
        await Expect(page.Locator(".f1", new() { HasText = "now" })).ToBeInViewportAsync();

        await page.Locator("#pause").ClickAsync();
        await Expect(page.GetByText("Paused")).ToBeVisibleAsync();
        model.Print("kraken-tick", "while paused");
        await page.Locator("#pause").ClickAsync();
        await Expect(page.Locator(".line", new() { HasText = "while paused" })).ToBeInViewportAsync();

        await page.GetByRole(AriaRole.Searchbox).FillAsync("line 77");
        await Expect(page.Locator(".line")).ToHaveCountAsync(1);
        await Expect(page.Locator("mark")).ToHaveTextAsync("line 77");
        Assert.Contains("q=line%2077", page.Url, StringComparison.Ordinal);

        await page.GetByTitle("Clear").ClickAsync();
        await Expect(page.Locator(".line")).ToHaveCountAsync(0);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task AHundredThousandLinesAreThereAndThePageHoldsFewOfThem()
    {
        var model = FakeModel.Pipeline();
        model.Print("kraken-tick", [.. Enumerable.Range(1, 100_000).Select(i => $"line {i} of a log that is long enough")]);
        await using var server = await Servers.StartAsync(model, Open);
        var page = await OpenAsync(server, "/consolelogs/resource/kraken-tick");
        await Expect(page.Locator(".line", new() { HasText = "line 100000 of" })).ToBeInViewportAsync();
        Assert.InRange(await page.Locator(".line").CountAsync(), 10, 300);
        await page.Locator(".console").EvaluateAsync("e => { e.scrollTop = 0; }");
        await Expect(page.Locator(".line", new() { HasText = "line 1 of" })).ToBeInViewportAsync();
        await page.GetByRole(AriaRole.Searchbox).FillAsync("line 55555 ");
        await Expect(page.Locator(".line")).ToHaveCountAsync(1);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task AHundredResourcesAreShownAsTableAndGraph()
    {
        var model = new FakeModel();
        for (var i = 0; i < 100; i++)
            model.Add(new ResourceView { Name = $"service-{i:000}", Type = "Project", State = "Running", Health = ResourceHealth.Healthy, Relationships = i < 5 ? [] : [new($"service-{i / 3:000}", "WaitFor")] });
        await using var server = await Servers.StartAsync(model, Open);
        var page = await OpenAsync(server, "/");
        await Expect(page.Locator("tr[data-resource]")).ToHaveCountAsync(100);
        await page.GetByRole(AriaRole.Tab, new() { Name = "Graph" }).ClickAsync();
        await Expect(page.Locator("g.node")).ToHaveCountAsync(100);
        await Expect(page.Locator("path.edge")).ToHaveCountAsync(95);
        await page.GetByRole(AriaRole.Searchbox).FillAsync("service-00");
        await Expect(page.Locator("g.node")).ToHaveCountAsync(10);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task AnAddressWithFiltersShowsTheSameToSomebodyElse()
    {
        await using var server = await Servers.StartAsync(options: Open);
        SampleTelemetry.Fill(server, DateTimeOffset.UtcNow);
        var page = await OpenAsync(server, "/structuredlogs");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add filter" }).ClickAsync();
        await page.GetByLabel("Field").FillAsync("exception.type");
        await page.GetByLabel("Comparison").SelectOptionAsync("contains");
        await page.GetByLabel("Value").FillAsync("HttpRequest");
        await page.GetByLabel("Value").PressAsync("Enter");
        await Expect(page.Locator("tbody tr[class]")).ToHaveCountAsync(1);
        var other = await OpenAsync(server, page.Url[server.Addresses.Url.Length..]);
        await Expect(other.Locator("tbody tr[class]")).ToHaveCountAsync(1);
        await Expect(other.GetByText("exception.type contains HttpRequest")).ToBeVisibleAsync();
        Assert.Empty(errors);
    }

    [Fact]
    public async Task TheTraceLeadsToItsLogsAndTheLogToItsTrace()
    {
        await using var server = await Servers.StartAsync(options: Open);
        SampleTelemetry.Fill(server, DateTimeOffset.UtcNow);
        var page = await OpenAsync(server, "/traces/detail/" + SampleTelemetry.TraceId);
        await page.GetByText("kraken-tick-influxdb: write").ClickAsync();
        await Expect(page.GetByText("http.response.status_code")).ToBeVisibleAsync();
        await Expect(page.GetByText("first byte")).ToBeVisibleAsync();
        await page.GetByText("Logs of the trace").ClickAsync();
        // The trace's own page names them too.
        await page.Locator("table.structured").GetByText("The store does not take writes").First.ClickAsync();
        await page.GetByText("Show the trace").ClickAsync();
        await Expect(page.Locator(".span-row.selected")).ToContainTextAsync("write");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task MetricsMoveWhilePeopleLook()
    {
        await using var server = await Servers.StartAsync(options: Open);
        var start = DateTimeOffset.UtcNow.AddSeconds(-30);
        server.Telemetry.Add(SampleTelemetry.Metrics("kraken-tick-influxdb", start, 1));
        server.Telemetry.Add(SampleTelemetry.Metrics("kraken-tick-influxdb", start.AddSeconds(10), 2));
        var page = await OpenAsync(server, "/metrics/resource/kraken-tick-influxdb?meter=Nbpy&instrument=nbpy.messages.stored&show=total");
        var legend = page.Locator(".legend span", new() { HasText = "kraken_tick" });
        await Expect(legend).ToContainTextAsync("1960");
        server.Telemetry.Add(SampleTelemetry.Metrics("kraken-tick-influxdb", start.AddSeconds(20), 3));
        await Expect(legend).ToContainTextAsync("3060");
        await page.GetByLabel("topic").SelectOptionAsync("kraken_depth");
        await Expect(page.Locator("polyline")).ToHaveCountAsync(1);
        await page.Locator(".chart-tools button", new() { HasText = "Table" }).ClickAsync();
        await Expect(page.Locator("td.num").First).ToHaveTextAsync("1500 message");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task KeysLeadToThePagesAndNotWhileSomebodyTypes()
    {
        await using var server = await Servers.StartAsync(options: Open);
        var page = await OpenAsync(server, "/");
        foreach (var (key, path) in ((string, string)[])[("c", "/consolelogs"), ("s", "/structuredlogs"), ("t", "/traces"), ("m", "/metrics"), ("r", "/")])
            await PressAsync(page, key, server.Addresses.Url + path);
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Keyboard shortcuts");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Searchbox).ClickAsync();
        await page.Keyboard.TypeAsync("tcms");
        await Expect(page.GetByText("No resource fits the filter.")).ToBeVisibleAsync();
        Assert.Empty(errors);
    }

    [Fact]
    public async Task TheThemeIsKept()
    {
        await using var server = await Servers.StartAsync(options: Open);
        var page = await OpenAsync(server, "/");
        await page.Locator("#nbpy-settings").ClickAsync();
        await page.GetByLabel("Dark").CheckAsync();
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-theme", "dark");
        await page.ReloadAsync();
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-theme", "dark");
        await Expect(page.GetByRole(AriaRole.Searchbox)).ToBeVisibleAsync();
        await Expect(page.Locator("body")).ToHaveAttributeAsync("data-theme", "dark");
        Assert.Empty(errors);
    }

    private static async Task PressAsync(IPage page, string key, string url)
    {
        await page.Keyboard.PressAsync(key);
        await page.WaitForURLAsync(url);
    }

    /// <summary>Opens a page and waits until its live connection stands.</summary>
    private async Task<IPage> OpenAsync(DashboardServer server, string path)
    {
        var page = await chromium.OpenAsync(errors);
        await page.GotoAsync(server.Addresses.Url + path);
        await page.Locator("body[data-live]").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        return page;
    }
}
