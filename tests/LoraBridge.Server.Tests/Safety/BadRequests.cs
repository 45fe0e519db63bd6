using System.Globalization;
using System.IO.Compression;
using System.Text;
using LoraBridge.Server.Tests.Datasets;

namespace LoraBridge.Server.Tests.Safety;

/// <summary>A request as bytes.</summary>
/// <param name="Number">Its number: with the seed it makes the same request again.</param>
/// <param name="Route">The route that it is for.</param>
/// <param name="Bytes">What is sent.</param>
/// <param name="IsWhole">Whether it is a request from beginning to end, which must be answered; others may be cut.</param>
internal sealed record BadRequest(int Number, KnownRoute Route, byte[] Bytes, bool IsWhole)
{
    public override string ToString() => $"#{Number} {Route.Method} {Route.Pattern}: {Encoding.Latin1.GetString(Bytes.AsSpan(0, Math.Min(Bytes.Length, 600)))}";
}

/// <summary>Makes requests that are wrong in all the ways that are known, the same ones for the same seed.</summary>
internal sealed class BadRequests(int seed, IReadOnlyList<KnownRoute> routes, string outside, IReadOnlyList<string> real)
{
    private const int LargeText = 20_000;

    private static readonly byte[] s_png = DatasetServer.Png(3, 16, 16), s_zipBomb = ZipOf(40 << 20), s_hugePng = Huge(s_png);

    private static readonly string[] s_methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "G\u00c4T", "CONNECT"];

    private static readonly string[] s_types =
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=utf-16", "application/json; charset=nonsense", "a/b", ";", "application/xml", "image/png", "\u00ff"];

    private readonly string[] _names =
    [
        "cat", "a.png", "..", ".", "...", "../../../outside/canary.txt", "..%2f..%2f..%2foutside%2fcanary.txt", "%2e%2e%2f%2e%2e%2foutside/canary.txt", "%252e%252e%252f%252e%252e%252foutside%252fcanary.txt",
        "..%5c..%5coutside%5ccanary.txt", "..\\..\\canary.txt", "%00", "a%00.png", "a.png%00.txt", "%c0%ae%c0%ae%2f", "%ff%fe", "..;/", ".%00./", "/etc/passwd", "%2fetc%2fpasswd", "//etc/passwd", "C:%5cx", "file:%2f%2f%2fetc%2fpasswd",
        "CON", "nul.txt", "a%20b", "%F0%9F%99%82", "%E2%80%AE", "-1", "0", "99999999999999999999", "1e999", "NaN", "null", "{id}", "%", "%zz", "%7B%7D", "*", "~", ".hidden", "train.log%2f..%2fjob.json", "....//....//outside/canary.txt",
        Uri.EscapeDataString(Path.Combine(outside, "canary.txt")), Path.Combine(outside, "canary.txt"), new string('a', 300), new string('a', 9000), string.Concat(Enumerable.Repeat("..%2f", 200)),
    ];

    private string[] Values =>
    [
        "null", "true", "false", "0", "-1", "1", "7", "1e308", "-1e308", "1e999", "99999999999999999999999", "-9223372036854775809", "2147483648", "0.1", "NaN", "Infinity", "-0", "01", "\"\"", "\"a\"", "\"cat\"", "\"1\"", "\"-1\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"\u202e\"", "[]", "{}", "[[]]", "[null]", "[1,\"a\",{}]", "{\"\":null}", "{\"a\":{\"b\":[1]}}", "\"../../../outside/canary.txt\"", $"\"{outside}/canary.txt\"", $"\"{outside}/made\"", $"\"{outside}\"", $"\"{Path.GetDirectoryName(outside)}/allowed\"", $"\"{Path.GetDirectoryName(outside)}/allowed/link\"", $"\"{Path.GetDirectoryName(outside)}/allowed/../outside\"", "\"/etc/passwd\"", "\"..\"", "\"\\u0000../x\"",
        "\"http://127.0.0.1:1/a.png\"", "\"http://169.254.169.254/latest\"", "\"http://[::1]/\"", "\"http://\"", "\"data:image/png;base64,\"", "\"data:image/png;base64,AAAA\"",
        $"\"{Convert.ToBase64String(s_png)}\"", $"[\"{Convert.ToBase64String(s_png)}\"]", $"\"{Convert.ToBase64String(s_hugePng)}\"", "\"" + new string('x', LargeText) + "\"", Deep('['), Deep('{'), "[" + string.Join(',', Enumerable.Repeat("1", 3000)) + "]",
        "\"Euler\"", "\"<lora:a:1>\"", "\"((((((a\"", "\"[a:b:c:d]\"", "\"train\"", "\"bake\"", "\"nonsense\"", "\"txt2img\"", "{\"samples_format\":\"tiff\"}", "{\"outdir_samples\":\"/\"}", "{\"api_forbid_local_requests\":false}", "\"2020-01-01\"", "32768", "64",
    ];

    /// <summary>The request of a number.</summary>
    public BadRequest Make(int number)
    {
        var random = new Random(HashCode.Combine(seed, number) & int.MaxValue);
        var route = routes[number % routes.Count];
        var isWhole = true;
        var text = new StringBuilder();
        var (method, body, type) = (route.Method, Array.Empty<byte>(), (string?)null);
        switch (random.Next(10))
        {
            case 0:
                method = Any(random, s_methods);
                break;
            case 1 when route.TakesFiles || random.Next(4) == 0:
            case 2 when route.TakesFiles:
            case 3 when route.TakesFiles:
                (body, type) = Form(random);
                break;
            case 1 or 2:
                (body, type) = (Encoding.UTF8.GetBytes(Json(random, route)), Any(random, s_types));
                break;
            case > 2 and < 9:
                (body, type) = (Encoding.UTF8.GetBytes(Json(random, route)), "application/json");
                break;
        }
        if (body.Length > 0 && random.Next(5) == 0) body = Spoil(random, body);
        text.Append(method).Append(' ').Append(Target(random, route)).Append(random.Next(60) == 0 ? " HTTP/9.9" : random.Next(60) == 0 ? "" : " HTTP/1.1").Append("\r\nHost: localhost\r\nConnection: close\r\n");
        if (random.Next(8) == 0) text.Append(Header(random)).Append("\r\n");
        if (type is not null) text.Append("Content-Type: ").Append(type).Append("\r\n");
        var length = body.Length.ToString(CultureInfo.InvariantCulture);
        switch (body.Length == 0 ? 99 : random.Next(25))
        {
            case 0:
                isWhole = false;
                length = Any(random, ["-1", "99999999999999999999", "abc", $"{body.Length + 100}", $"{body.Length / 2}"]);
                break;
            case 1:
                isWhole = false;
                body = body[..(body.Length / 2)];
                break;
            case 2:
                isWhole = false;
                text.Append("Transfer-Encoding: chunked\r\n");
                body = [.. Encoding.ASCII.GetBytes(Any(random, ["zz\r\n", "fffffffffffffffff\r\n", "5\r\nabc", "-1\r\n"])), .. body];
                break;
        }
        if (body.Length > 0 || method is "POST" or "PUT" or "PATCH") text.Append("Content-Length: ").Append(length).Append("\r\n");
        text.Append("\r\n");
        return new(number, route, [.. Encoding.Latin1.GetBytes(text.ToString()), .. body], isWhole);
    }

    private string Target(Random random, KnownRoute route)
    {
        var path = string.Join('/', route.Pattern.Split('/').Select(part => part.StartsWith('{') ? Name(random) : part));
        path = random.Next(30) switch { 0 => path + "/", 1 => path + "/" + Any(random, _names), 2 => path.ToUpperInvariant(), 3 => "/" + path, 4 => path.Replace("/", "/./", StringComparison.Ordinal), _ => path };
        if (random.Next(3) == 0)
        {
            string[] query = ["offset", "limit", "after", "size", "search", "state", "files", "measure", "left", "right", "filename", "page", "item", "index", "name", "sort", "skip_current_image", "level", .. route.Fields.Take(20)];
            path += "?" + string.Join('&', Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{Any(random, query)}={Name(random).Replace(" ", "+", StringComparison.Ordinal)}"));
        }
        return path;
    }

    // what there is leads farther in than what there is not
    private string Name(Random random) => random.Next(3) == 0 ? Any(random, real) : Any(random, _names);

    private string Json(Random random, KnownRoute route)
    {
        var values = Values;
        if (random.Next(8) == 0) return Any(random, values);
        var names = route.Fields.Count > 0 && random.Next(8) > 0 ? route.Fields : ["nonsense", "", "__proto__", "id", "request", "settings"];
        var members = Enumerable.Range(0, random.Next(0, 7)).Select(_ => $"\"{Any(random, names)}\":{(random.Next(6) == 0 ? $"{{\"{Any(random, names)}\":{Any(random, values)}}}" : Any(random, values))}");
        return "{" + string.Join(',', members) + "}";
    }

    private (byte[] Body, string Type) Form(Random random)
    {
        const string Boundary = "----edge";
        using var body = new MemoryStream();
        void Write(string text) => body.Write(Encoding.Latin1.GetBytes(text));
        for (var i = random.Next(0, 4); i >= 0; i--)
        {
            Write(random.Next(12) == 0 ? "--other\r\n" : $"--{Boundary}\r\n");
            var name = Uri.UnescapeDataString(Any(random, _names));
            Write(random.Next(8) switch
            {
                0 => "Content-Disposition: form-data\r\n\r\n",
                1 => "nonsense\r\n\r\n",
                2 => $"Content-Disposition: form-data; name=files; filename*=UTF-8''{Any(random, _names)}\r\n\r\n",
                _ => $"Content-Disposition: form-data; name=\"files\"; filename=\"{name}{Any(random, ["", ".png", ".txt", ".zip", ".jpg", ".webp"])}\"\r\n\r\n",
            });
            body.Write(random.Next(120) == 0 ? s_zipBomb : Any(random, [s_png, s_hugePng, Encoding.UTF8.GetBytes("a cat"), [], [0xff, 0xfe, 0, 1], s_png[..20], Traversing()]));
            Write("\r\n");
        }
        Write(random.Next(4) == 0 ? "" : $"--{Boundary}--\r\n");
        return (body.ToArray(), random.Next(12) switch { 0 => "multipart/form-data", 1 => $"multipart/form-data; boundary={new string('x', 300)}", 2 => "multipart/form-data; boundary=\"\"", _ => $"multipart/form-data; boundary={Boundary}" });
    }

    private static string Header(Random random) => Any(random,
    [
        "Range: bytes=999999999999-", "Range: bytes=-1", "If-None-Match: \u00ff", "If-Modified-Since: never", "If-Match: *", "Last-Event-ID: -5", "Last-Event-ID: \u00e4", "Authorization: Basic !!!", "Authorization: Bearer", "Accept: ;;;", "Accept-Encoding: nonsense, gzip;q=x",
        "Expect: 100-continue", "Expect: nonsense", "Content-Encoding: gzip", "X-Long: " + new string('y', 20_000), "No colon here", ": empty", "Content-Type: application/json", "Transfer-Encoding: nonsense", "Origin: null", "Origin: http://evil.example",
        "Cookie: " + new string('c', 3000), "Host: other", "Upgrade: websocket", "Sec-Fetch-Site: cross-site", "Content-Length: 5", "Forwarded: for=_x", "\0: x",
    ]);

    private static byte[] Spoil(Random random, byte[] body)
    {
        var spoilt = body.ToArray();
        for (var i = random.Next(1, 6); i > 0; i--) spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
        return spoilt;
    }

    private static string Deep(char bracket) => bracket == '[' ? new string('[', 5000) : string.Concat(Enumerable.Repeat("{\"a\":", 2000)) + "1" + new string('}', 2000);

    private static byte[] ZipOf(int zeros)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("bomb.png").Open())
            entry.Write(new byte[zeros]);
        return file.ToArray();
    }

    private static byte[] Traversing()
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            foreach (var name in (string[])["../../../outside/made.png", "/tmp/made-by-zip.png", "..\\..\\made.png"])
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(s_png);
            }
        }
        return file.ToArray();
    }

    // says of itself that it has 60 000 pixels a side
    private static byte[] Huge(byte[] png)
    {
        var huge = png.ToArray();
        (huge[18], huge[19], huge[22], huge[23]) = (0xea, 0x60, 0xea, 0x60);
        return huge;
    }

    private static T Any<T>(Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];
}
