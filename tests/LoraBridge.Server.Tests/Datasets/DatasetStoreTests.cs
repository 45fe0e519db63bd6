using LoraBridge.Server.Datasets;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class DatasetStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dataset-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_WhileDataSetsComeAndGo_ListsThoseThereAre()
    {
        var store = new DatasetStore(new ServerSettings { Data = new(_folder) }, TimeProvider.System);
        store.Create("stays", null);
        var isOver = false;
        var lists = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver)) Assert.Contains("stays", store.All().Select(dataset => dataset.Report().Name));
        })).ToList();

        for (var i = 0; i < 40; i++)
        {
            var goes = store.Create("goes", null);
            for (var n = 0; n < 200; n++) File.WriteAllBytes(Path.Combine(goes.Folder, $"{n}.png"), []);   // so that looking takes its time
            store.Delete(goes.Id);
        }
        Volatile.Write(ref isOver, true);

        await Task.WhenAll(lists);
    }
}
