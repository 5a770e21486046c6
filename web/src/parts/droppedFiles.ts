// Files out of a drop, folders included. The entry interface is old and in every browser.

/** Every file of a drop; the entries must be taken before the event handler returns. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  if (entries.length === 0 || entries.includes(null)) return [...transfer.files];
  const nested = await Promise.all(entries.map((entry) => filesOf(entry!)));
  return nested.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return fileOf(entry as FileSystemFileEntry);
  const children = await childrenOf((entry as FileSystemDirectoryEntry).createReader());
  const nested = await Promise.all(children.map(filesOf));
  return nested.flat();
}

/** A file that cannot be read is left out here; there is nothing to upload. */
function fileOf(entry: FileSystemFileEntry): Promise<File[]> {
  return new Promise((resolve) => {
    entry.file(
      (file) => resolve([file]),
      () => resolve([]),
    );
  });
}

/** A reader gives its entries in portions and an empty one at the end. */
async function childrenOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
    if (portion.length === 0) return all;
    all.push(...portion);
  }
}
