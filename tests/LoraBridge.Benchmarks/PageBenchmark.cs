using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using LoraBridge.Imaging;
using static System.FormattableString;

namespace LoraBridge.Benchmarks;

/// <summary>How soon the page shows its first step, and how smoothly its two long lists scroll, in a browser that draws without a graphics card.</summary>
internal static class PageBenchmark
{
    // the first frame after the view has its head and no grey lines any more: what a person calls "it is there"
    private const string Watch = """
        globalThis.shown = new Promise(resolve => {
          const look = () => {
            const view = document.querySelector("lorabridge-app")?.shadowRoot?.querySelector(".view");
            if (view?.querySelector("h1") && !view.querySelector(".skeleton")) requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        });
        """;

    // a long list: from the way to it until cards are in sight, and a second more for the rest of its data
    private static string Listed(string card) => $$"""
        new Promise(resolve => {
          const look = () => {
            if (!document.querySelector("lorabridge-app")?.shadowRoot?.querySelector("{{card}}")) return requestAnimationFrame(look);
            const now = performance.now();
            setTimeout(() => resolve(now), 1500);
          };
          look();
        })
        """;

    private const string Figures = """
        shown.then(shown => {
          const files = performance.getEntriesByType("resource"), paints = performance.getEntriesByName("first-contentful-paint");
          return { shown, paint: paints[0]?.startTime ?? 0, files: files.length, sent: files.reduce((sum, file) => sum + file.transferSize, 0), last: Math.max(...files.map(file => file.responseEnd)) };
        })
        """;

    // once down the whole list, a screen and a half a second and more, however long it grows meanwhile
    private const string Scroll = """
        new Promise(resolve => {
          const frames = [], begin = performance.now();
          let last = 0;
          scrollTo(0, 0);
          const step = now => {
            if (last) frames.push(now - last);
            last = now;
            scrollBy(0, 40);
            if (now - begin > SECONDS * 1000) resolve(frames);
            else requestAnimationFrame(step);
          };
          requestAnimationFrame(step);
        })
        """;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var fixtures = Path.Combine(ServedProcess.Root, "tests", "Fixtures");
        var (runs, seconds) = (arguments.Number("runs", 10), arguments.Number("seconds", 8));
        var adapters = Directory.CreateTempSubdirectory("lorabridge-adapters-").FullName;
        try
        {
            for (var i = 0; i < arguments.Number("adapters", 2000); i++) await File.WriteAllBytesAsync(Path.Combine(adapters, Invariant($"lora-{i:0000}.safetensors")), Adapter(i)).ConfigureAwait(false);
            using var server = await ServedProcess.StartAsync(arguments.Text("server", ""), "--model", Path.Combine(fixtures, "goldens", "sd15-tiny", "model.safetensors"), "--device", "cpu",
                "--vocabulary", Path.Combine(fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz"), "--lora-dir", adapters).ConfigureAwait(false);
            await using var browser = await HeadlessBrowser.StartAsync().ConfigureAwait(false);
            await FirstViewAsync(browser, server, "an empty first step", "", runs).ConfigureAwait(false);
            if (arguments.Number("waterfall", 0) > 0) await WaterfallAsync(browser, server).ConfigureAwait(false);
            var dataset = await MakeDatasetAsync(server, arguments.Number("pictures", 500)).ConfigureAwait(false);
            await FirstViewAsync(browser, server, "the first step with a data set", "", runs).ConfigureAwait(false);

            foreach (var (name, width, height) in new[] { ("1280x800", 1280, 800), ("390x844", 390, 844) })
            {
                await ScrollAsync(browser, $"nothing but a background, {name}", new("data:text/html,<body style='height:200000px;background:linear-gradient(red,blue)'>"), "Promise.resolve(performance.now())", seconds, width, height).ConfigureAwait(false);
                await ScrollAsync(browser, $"the library of adapters, {name}", new(server.Http.BaseAddress!, "#/adapters"), Listed(".adapter-card"), seconds, width, height).ConfigureAwait(false);
                await ScrollAsync(browser, $"the pictures of a data set, {name}", new(server.Http.BaseAddress!, $"#/pictures/{dataset}"), Listed(".picture"), seconds, width, height).ConfigureAwait(false);
            }
            return 0;
        }
        finally
        {
            Directory.Delete(adapters, recursive: true);
        }
    }

    private static async Task FirstViewAsync(HeadlessBrowser browser, ServedProcess server, string name, string route, int runs)
    {
        if (runs == 0) return;
        var address = new Uri(server.Http.BaseAddress!, route);
        var (cold, warm) = (new List<JsonNode>(), new List<JsonNode>());
        for (var run = -1; run < runs; run++)
        {
            await using var tab = await browser.OpenAsync(Watch).ConfigureAwait(false);
            foreach (var list in new[] { cold, warm })
            {
                // from a document of the same server, as by a link: no renderer's start is in the figure
                if (list == warm) await tab.GoAsync(new(server.Http.BaseAddress!, "/lorabridge/v1/health")).ConfigureAwait(false);
                await tab.GoAsync(address).ConfigureAwait(false);
                var figures = await tab.AskAsync(Figures).ConfigureAwait(false);
                if (run >= 0) list.Add(figures);                                                  // the first warms the server
            }
        }
        foreach (var (state, list) in new[] { ("cold", cold), ("warm", warm) })
            Console.WriteLine(Invariant($"{name}, {state}: shown after {Middle(list, "shown"):0} ms (first paint {Middle(list, "paint"):0}, last answer {Middle(list, "last"):0}; {Middle(list, "files"):0} requests, {Middle(list, "sent") / 1000:0} kB), median of {list.Count}, longest {list.Max(one => Figure(one, "shown")):0} ms"));
    }

    private static async Task WaterfallAsync(HeadlessBrowser browser, ServedProcess server)
    {
        await using var tab = await browser.OpenAsync(Watch).ConfigureAwait(false);
        await tab.GoAsync(server.Http.BaseAddress!).ConfigureAwait(false);
        var lines = await tab.AskAsync("shown.then(() => performance.getEntries().filter(one => one.name.includes('//')).map(one => `${one.startTime.toFixed(0).padStart(5)} ${(one.requestStart || 0).toFixed(0).padStart(5)} ${one.responseEnd.toFixed(0).padStart(5)}  ${new URL(one.name).pathname}`))").ConfigureAwait(false);
        Console.WriteLine("asked, sent, answered (ms), cold:");
        foreach (var line in lines.AsArray()) Console.WriteLine(line);
    }

    private static async Task ScrollAsync(HeadlessBrowser browser, string name, Uri address, string ready, int seconds, int width, int height)
    {
        await using var tab = await browser.OpenAsync(Watch, width, height).ConfigureAwait(false);
        await tab.GoAsync(address).ConfigureAwait(false);
        var shown = (await tab.AskAsync(ready).ConfigureAwait(false)).GetValue<double>();
        var browserBefore = browser.Work();
        var before = await tab.WorkAsync().ConfigureAwait(false);
        var frames = (await tab.AskAsync(Scroll.Replace("SECONDS", Invariant($"{seconds}"), StringComparison.Ordinal)).ConfigureAwait(false)).AsArray().Select(frame => frame!.GetValue<double>()).Order().ToArray();
        var browserWork = browser.Work() - browserBefore;
        var work = await tab.WorkAsync().ConfigureAwait(false);
        var reached = await tab.AskAsync("scrollY").ConfigureAwait(false);
        var nodes = await tab.AskAsync("document.querySelector('lorabridge-app')?.shadowRoot.querySelectorAll('*').length ?? 0").ConfigureAwait(false);
        Console.WriteLine(Invariant($"{name}: shown after {shown:0} ms; {frames.Length} frames down to {reached} px, p50 {At(frames, 0.5):0.0} ms, p95 {At(frames, 0.95):0.0}, p99 {At(frames, 0.99):0.0}, longest {frames[^1]:0.0}, {frames.Count(frame => frame > 50)} over 50 ms, {100.0 * frames.Count(frame => frame < 20) / frames.Length:0.0} % under 20 ms; {nodes} elements"));
        var thousands = reached.GetValue<double>() / 1000;
        Console.WriteLine(Invariant($"  processors' time for 1000 px: browser {1000 * browserWork / thousands:0} ms, of it the page's own thread {1000 * (work.All - before.All) / thousands:0} (scripts {1000 * (work.Script - before.Script) / thousands:0}, styles and layout {1000 * (work.Layout - before.Layout) / thousands:0})"));
    }

    private static async Task<string> MakeDatasetAsync(ServedProcess server, int pictures)
    {
        var id = (await server.PostAsync("/lorabridge/v1/datasets", """{"name":"many"}""").ConfigureAwait(false))["id"]!.GetValue<string>();
        var random = new Random(1);
        foreach (var numbers in Enumerable.Range(0, pictures).Chunk(50))
        {
            using var form = new MultipartFormDataContent();
            foreach (var number in numbers)
            {
                form.Add(new ByteArrayContent(Drawing(random)), "files", Invariant($"picture-{number}.png"));
                form.Add(new StringContent(Invariant($"a sks cat, pose {number}")), "files", Invariant($"picture-{number}.txt"));
            }
            using var answer = await server.Http.PostAsync(new Uri($"/lorabridge/v1/datasets/{id}/pictures", UriKind.Relative), form).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
        }
        // made at the first sight of them: that is the server's work, not the page's
        for (var i = 0; i < pictures; i++) await server.Http.GetByteArrayAsync(new Uri($"/lorabridge/v1/datasets/{id}/thumbnails/picture-{i}.png?size=256", UriKind.Relative)).ConfigureAwait(false);
        return id;
    }

    private static byte[] Drawing(Random random)
    {
        var picture = new Picture(384, 384, 3);
        var (x0, y0, radius, tint) = (random.Next(384), random.Next(384), random.Next(40, 160), random.Next(256));
        for (var at = 0; at < picture.Pixels.Length; at++)
        {
            var (x, y) = (at / 3 % 384, at / 1152);
            picture.Pixels[at] = (byte)((x - x0) * (x - x0) + (y - y0) * (y - y0) < radius * radius ? tint + (at % 3 * 60) : x + y);
        }
        return PictureFile.Encode(picture);
    }

    private static byte[] Adapter(int number)
    {
        const string Layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
        var header = Encoding.UTF8.GetBytes($$$"""{"__metadata__":{"ss_output_name":"lora-{{{number:0000}}}"},"{{{Layer}}}.alpha":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"{{{Layer}}}.lora_down.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]},"{{{Layer}}}.lora_up.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[12,20]}}""");
        var file = new byte[8 + header.Length + 20];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }

    private static double Figure(JsonNode figures, string name) => figures[name]!.GetValue<double>();

    private static double Middle(List<JsonNode> all, string name) => At([.. all.Select(one => Figure(one, name)).Order()], 0.5);

    private static double At(double[] sorted, double part) => sorted[Math.Min(sorted.Length - 1, (int)(part * sorted.Length))];
}
