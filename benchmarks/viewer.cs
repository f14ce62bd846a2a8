#:package Microsoft.Playwright
#:property PublishAot=false

// Measures the viewer in a real Chromium over the embedded store: kraken_tick of one pair, 15 messages a second, an hour of it, and 15 more each
// second meanwhile, shown by kraken_tick_stream. Prints
//   first    from opening the address in a window of 1280 x 800, with nothing cached, until every panel in sight shows data (ms; target: under
//            1,500): the viewer's first request ever, and the median of five more
//   redraw   asking and drawing again what is in sight of a one-hour range (ms; target: under 200), median and worst of twenty
//   all      the same in a window so tall that all panels are in sight
//   strain   all panels in sight, range 15 minutes, at a refresh each second, 30 s long: processor time of the browser, the viewer and the
//            store (% of one core), and the refreshes done (of 30)
// Exit code 1 when a target was missed. Needs Chromium and the Release builds:
//   dotnet build -c Release Nbpy.Viewer && dotnet build -c Release Nbpy.EmbeddedInflux
// Usage: dotnet run -c Release benchmarks/viewer.cs         Run it from the project's folder. Ports are chosen by the system.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Playwright;

const int rate = 15;
const double firstTarget = 1500, redrawTarget = 200;
const string shown = "/d/kraken_tick_stream?var-pair=XBT/USD";
var chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists)
    ?? throw new FileNotFoundException("Chromium is not installed.");
var folder = Directory.CreateTempSubdirectory("nbpy-viewer-benchmark-").FullName;
var (storePort, viewerPort) = (FreePort(), FreePort());
using var store = Start("Nbpy.EmbeddedInflux", "--port", $"{storePort}", "--data", Path.Combine(folder, "store"), "--no-auth");
using var viewer = Start("Nbpy.Viewer", "--config", Path.GetFullPath("integration_config.json"), "--port", $"{viewerPort}");
using var http = new HttpClient();
using var stop = new CancellationTokenSource();
var writing = Task.CompletedTask;
try
{
    await WaitAsync($"http://127.0.0.1:{storePort}/ping");
    await QueryAsync("CREATE DATABASE tick");
    await QueryAsync("CREATE RETENTION POLICY \"default\" ON tick DURATION 30d REPLICATION 1 DEFAULT");
    await QueryAsync("CREATE RETENTION POLICY high_frequency ON tick DURATION 7d REPLICATION 1");
    await QueryAsync("CREATE RETENTION POLICY long_term ON tick DURATION 365d REPLICATION 1");
    var market = new Market();
    var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    for (var minute = 60; minute > 0; minute--)
        await WriteAsync(market.Lines(now - (minute * 60_000), 60 * rate, 1000.0 / rate));
    writing = KeepWritingAsync(market, stop.Token);
    await WaitAsync($"http://127.0.0.1:{viewerPort}/api/health");

    using var playwright = await Playwright.CreateAsync();
    await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] });
    var cold = await FirstAsync(browser);
    var firsts = new List<double>();
    for (var i = 0; i < 5; i++)
        firsts.Add(await FirstAsync(browser));

    var (redraws, someDrawn, _) = await RedrawsAsync(await OpenAsync(browser));
    var page = await OpenAsync(browser, height: 1620);
    var (all, drawn, panels) = await RedrawsAsync(page);
    await page.GotoAsync(Address("&from=now-15m&to=now&refresh=1s"));
    await page.WaitForFunctionAsync("() => Number(document.getElementById('page').dataset.redraws) > 2");
    var others = new HashSet<int> { store.Id, viewer.Id };
    var before = (Browser: Ticks(Descendants(Environment.ProcessId).Where(p => !others.Contains(p))), Viewer: Ticks([viewer.Id]), Store: Ticks([store.Id]), Count: await CountAsync(page), At: Stopwatch.GetTimestamp());
    await Task.Delay(TimeSpan.FromSeconds(30));
    var after = (Browser: Ticks(Descendants(Environment.ProcessId).Where(p => !others.Contains(p))), Viewer: Ticks([viewer.Id]), Store: Ticks([store.Id]), Count: await CountAsync(page));
    var seconds = Stopwatch.GetElapsedTime(before.At).TotalSeconds;
    firsts.Sort();
    Say($"first    {cold:0} ms the first time ever, {firsts[2]:0} ms median of five more (worst {firsts[4]:0})");
    Say($"redraw   {redraws[10]:0} ms median of twenty (worst {redraws[19]:0}): one hour, {3600 * rate:N0} messages, {someDrawn} panels");
    Say($"all      {all[10]:0} ms median of twenty (worst {all[19]:0}): {drawn} of {panels} panels with data");
    Say($"strain   browser {Share(after.Browser - before.Browser):0} %, viewer {Share(after.Viewer - before.Viewer):0.0} %, store {Share(after.Store - before.Store):0.0} % of one core; {after.Count - before.Count} refreshes in {seconds:0} s");
    Say($"load     {File.ReadAllText("/proc/loadavg").Split(' ')[0]} on {Environment.ProcessorCount} processors");
    return Math.Max(cold, firsts[2]) < firstTarget && redraws[10] < redrawTarget ? 0 : 1;

    double Share(double ticks) => ticks / 100 / seconds * 100;
}
finally
{
    await stop.CancelAsync();
    await writing;
    foreach (var process in (Process[])[viewer, store])
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    Directory.Delete(folder, recursive: true);
}

static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

string Address(string more) => $"http://127.0.0.1:{viewerPort}{shown}{more}";

// Nothing cached: a context of its own.
async Task<double> FirstAsync(IBrowser browser)
{
    var page = await OpenAsync(browser);
    await page.GotoAsync(Address("&refresh="), new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
    await page.WaitForFunctionAsync("() => window.shownAt");
    var at = await page.EvaluateAsync<double>("window.shownAt");
    await page.Context.CloseAsync();
    return at;
}

async Task<(List<double> Milliseconds, int Drawn, int Panels)> RedrawsAsync(IPage page)
{
    await page.GotoAsync(Address("&from=now-1h&to=now&refresh=1s"));
    var redraws = new List<double>();
    for (var seen = 1; redraws.Count < 20; seen++)
    {
        await page.WaitForFunctionAsync("n => Number(document.getElementById('page').dataset.redraws) > n", seen);
        redraws.Add(double.Parse(await page.Locator("#page").GetAttributeAsync("data-redraw-ms") ?? "", CultureInfo.InvariantCulture));
    }

    var counts = (await page.Locator(".panel[data-state=drawn]").CountAsync(), await page.Locator(".panel").CountAsync());
    await page.GotoAsync("about:blank");
    redraws.Sort();
    return (redraws, counts.Item1, counts.Item2);
}

static async Task<IPage> OpenAsync(IBrowser browser, int height = 800)
{
    var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = height } });
    var page = await context.NewPageAsync();

    // The frame after the last panel was drawn.
    await page.AddInitScriptAsync("""
        (function look() {
          if (document.getElementById('page')?.dataset.redraws) requestAnimationFrame(() => window.shownAt = performance.now());
          else requestAnimationFrame(look);
        })();
        """);
    return page;
}

static async Task<int> CountAsync(IPage page) => int.Parse(await page.Locator("#page").GetAttributeAsync("data-redraws") ?? "0", CultureInfo.InvariantCulture);

Process Start(string program, params string[] arguments)
{
    var path = Path.GetFullPath($"{program}/bin/Release/net10.0/{program}");
    if (!File.Exists(path))
        throw new FileNotFoundException($"{path} is not built: dotnet build -c Release {program}");
    var start = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
    start.Environment["INFLUXDB_HOST"] = "127.0.0.1";
    start.Environment["INFLUXDB_PORT"] = storePort.ToString(CultureInfo.InvariantCulture);
    start.Environment["NBPY_DATA_DIR"] = Path.Combine(folder, "data");
    var process = Process.Start(start)!;
    process.OutputDataReceived += (_, _) => { };
    process.ErrorDataReceived += (_, e) => Console.Error.WriteLine(e.Data);
    process.BeginOutputReadLine();
    process.BeginErrorReadLine();
    return process;
}

async Task WaitAsync(string url)
{
    for (var i = 0; i < 600; i++)
    {
        try
        {
            using var answer = await http.GetAsync(url);
            return;
        }
        catch (HttpRequestException)
        {
            await Task.Delay(50);
        }
    }

    throw new TimeoutException($"{url} does not answer.");
}

async Task QueryAsync(string query)
{
    using var form = new FormUrlEncodedContent([new("q", query)]);
    using var answer = await http.PostAsync($"http://127.0.0.1:{storePort}/query", form);
    answer.EnsureSuccessStatusCode();
}

async Task WriteAsync(string lines)
{
    using var content = new StringContent(lines, Encoding.UTF8);
    using var answer = await http.PostAsync($"http://127.0.0.1:{storePort}/write?db=tick&rp=default", content);
    answer.EnsureSuccessStatusCode();
}

async Task KeepWritingAsync(Market market, CancellationToken cancel)
{
    try
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await second.WaitForNextTickAsync(cancel))
            await WriteAsync(market.Lines(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 1000, rate, 1000.0 / rate));
    }
    catch (OperationCanceledException)
    {
        // The measuring is over.
    }
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

static List<int> Descendants(int parent)
{
    var parents = new Dictionary<int, int>();
    foreach (var path in Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)))
    {
        if (Stat(path) is { } fields)
            parents[int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)] = int.Parse(fields[1], CultureInfo.InvariantCulture);
    }

    var found = new List<int> { parent };
    for (var i = 0; i < found.Count; i++)
        found.AddRange(parents.Where(p => p.Value == found[i]).Select(p => p.Key));
    return found[1..];
}

// Processor time of the processes, in hundredths of a second.
static double Ticks(IEnumerable<int> processes) => processes.Select(p => Stat($"/proc/{p}")).OfType<string[]>()
    .Sum(f => double.Parse(f[11], CultureInfo.InvariantCulture) + double.Parse(f[12], CultureInfo.InvariantCulture));

// What follows the name in /proc/N/stat (proc(5)): state, parent, …; null when the process has gone.
static string[]? Stat(string path)
{
    try
    {
        var text = File.ReadAllText(Path.Combine(path, "stat"));
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }
    catch (IOException)
    {
        return null;
    }
}

internal sealed class Market
{
    private readonly Random random = new(7);
    private double price = 64_000;

    /// <summary>Quotes as line protocol, the first a step after <paramref name="from"/> (ms since the Unix epoch).</summary>
    public string Lines(long from, int count, double step)
    {
        var text = new StringBuilder();
        for (var i = 1; i <= count; i++)
        {
            price *= 1 + ((random.NextDouble() - 0.5) * 0.0004);
            text.Append(CultureInfo.InvariantCulture, $"kraken_tick,pair=XBT/USD,exchange=kraken,source=simulated bid={price:0.0},ask={price + 0.7:0.0},last_trade_price={price + 0.3:0.0},volume={900 + (i * 0.1):0.000},vwap=64010.5 {(long)((from + (i * step)) * 1e6)}\n");
        }

        return text.ToString();
    }
}
