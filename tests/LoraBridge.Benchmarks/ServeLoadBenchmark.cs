using System.Collections.Concurrent;
using System.Diagnostics;
using LoraBridge.Imaging;
using static System.FormattableString;

namespace LoraBridge.Benchmarks;

/// <summary>What a crowd of clients that poll costs a training, and how long they wait for their answers.</summary>
internal static class ServeLoadBenchmark
{
    private static readonly string[] s_lists =
        ["/lorabridge/v1/jobs", "/sdapi/v1/progress?skip_current_image=true", "/lorabridge/v1/adapters", "/lorabridge/v1/datasets", "/lorabridge/v1/health", "/sdapi/v1/sd-models", "/sdapi/v1/loras", "/sdapi/v1/samplers"];

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var fixtures = Path.Combine(ServedProcess.Root, "tests", "Fixtures");
        var model = arguments.Text("model", Path.Combine(fixtures, "goldens", "sd15-tiny", "model.safetensors"));
        var vocabulary = arguments.Text("vocabulary", Path.Combine(fixtures, "clip", "bpe_simple_vocab_16e6.txt.gz"));
        var (clients, seconds, interval) = (arguments.Number("clients", 200), TimeSpan.FromSeconds(arguments.Number("seconds", 20)), TimeSpan.FromMilliseconds(arguments.Number("interval", 1000)));
        var pictures = Directory.CreateTempSubdirectory("lorabridge-pictures-").FullName;
        try
        {
            Draw(pictures);
            using var server = await ServedProcess.StartAsync(arguments.Text("server", ""), "--model", model, "--device", "cpu", "--dtype", "float32", "--vocabulary", vocabulary, "--datasets-dir", pictures).ConfigureAwait(false);
            var job = await TrainAsync(server, pictures, arguments.Number("resolution", 128)).ConfigureAwait(false);
            string[] paths = [.. s_lists, job, job + "/events?after=0&limit=20"];
            foreach (var path in paths) await server.GetAsync(path).ConfigureAwait(false);
            await CrowdAsync(server, paths, clients, TimeSpan.FromSeconds(2), interval).ConfigureAwait(false);                 // compiled, connected

            var (alone, together, waits) = (new List<double>(), new List<double>(), new List<double>());
            for (var pair = 0; pair < arguments.Number("pairs", 3); pair++)
            {
                alone.Add(await StepAsync(server, job, () => Task.Delay(seconds)).ConfigureAwait(false));
                together.Add(await StepAsync(server, job, async () => waits.AddRange(await CrowdAsync(server, paths, clients, seconds, interval).ConfigureAwait(false))).ConfigureAwait(false));
                Console.WriteLine(Invariant($"pair {pair + 1}: {alone[^1] * 1000:0.00} ms a step alone, {together[^1] * 1000:0.00} with {clients} clients (ratio {together[^1] / alone[^1]:0.000})"));
            }
            waits.Sort();
            Console.WriteLine(Invariant($"{waits.Count} answers, {waits.Count / (seconds.TotalSeconds * together.Count):0} a second: p50 {At(waits, 0.5):0.0} ms, p99 {At(waits, 0.99):0.0} ms, longest {waits[^1]:0.0} ms"));
            Console.WriteLine(Invariant($"a step's time with clients / alone: {together.Average() / alone.Average():0.000}"));
            return 0;
        }
        finally
        {
            Directory.Delete(pictures, recursive: true);
        }
    }

    private static async Task<string> TrainAsync(ServedProcess server, string pictures, int resolution)
    {
        var added = await server.PostAsync("/lorabridge/v1/jobs", Invariant($$"""{"kind":"train","name":"load","request":{"settings":{"train_data_dir":"{{pictures}}","resolution":{{resolution}},"buckets.minimumSide":64,"batch_size":1,"network.rank":4,"epochs":1000000,"saving.everySteps":1000000} } }""")).ConfigureAwait(false);
        var job = "/lorabridge/v1/jobs/" + added["jobs"]![0]!["id"]!.GetValue<string>();
        while (await DoneAsync(server, job).ConfigureAwait(false) < 20) await Task.Delay(100).ConfigureAwait(false);
        return job;
    }

    private static async Task<int> DoneAsync(ServedProcess server, string job)
    {
        var report = await server.GetAsync(job).ConfigureAwait(false);
        if (report["state"]!.GetValue<string>() is not ("queued" or "running")) throw new InvalidOperationException($"The training ended: {report}");
        return report["stage"]!.GetValue<string>() is var stage && stage.StartsWith("step ", StringComparison.Ordinal) ? int.Parse(stage.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Seconds a step while something else is done.</summary>
    private static async Task<double> StepAsync(ServedProcess server, string job, Func<Task> meanwhile)
    {
        var (before, watch) = (await DoneAsync(server, job).ConfigureAwait(false), Stopwatch.StartNew());
        await meanwhile().ConfigureAwait(false);
        return watch.Elapsed.TotalSeconds / (await DoneAsync(server, job).ConfigureAwait(false) - before);
    }

    /// <summary>How long each answer took, in milliseconds.</summary>
    private static async Task<IReadOnlyCollection<double>> CrowdAsync(ServedProcess server, string[] paths, int clients, TimeSpan length, TimeSpan interval)
    {
        var waits = new ConcurrentBag<double>();
        var end = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            await Task.Delay(interval * client / clients).ConfigureAwait(false);                                             // not all at one moment
            for (var i = client; end.Elapsed < length; i++)
            {
                var watch = Stopwatch.StartNew();
                using var answer = await server.Http.GetAsync(new Uri(paths[i % paths.Length], UriKind.Relative)).ConfigureAwait(false);
                await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                waits.Add(watch.Elapsed.TotalMilliseconds);
                if (interval - watch.Elapsed is { Ticks: > 0 } rest) await Task.Delay(rest).ConfigureAwait(false);
            }
        })).ConfigureAwait(false);
        return waits;
    }

    private static double At(List<double> sorted, double part) => sorted[Math.Min(sorted.Count - 1, (int)(part * sorted.Count))];

    private static void Draw(string folder)
    {
        var random = new Random(1);
        for (var i = 0; i < 4; i++)
        {
            var picture = new Picture(128, 128, 3);
            random.NextBytes(picture.Pixels);
            PictureFile.Write(Path.Combine(folder, $"{i}.png"), picture);
            File.WriteAllText(Path.Combine(folder, $"{i}.txt"), $"pattern {i}");
        }
    }
}
