// What the scripts find in the browser and did not write: Jupyter's widget models and kernel, plotly.js, noUiSlider.
// Declared as far as it is used.

type Buffer = ArrayBuffer | DataView<ArrayBuffer>;

interface WidgetModel<Traits> {
  model_id: string;
  comm_live?: boolean;
  widget_manager: WidgetManager;
  /** Set while the kernel's own change is applied. */
  _state_lock?: unknown;
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  has(name: string): boolean;
  set<Name extends keyof Traits>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
  changedAttributes?(): Record<string, unknown> | false;
  send(message: unknown, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
  on(event: "msg:custom", act: (message: import("./messages.js").FromKernel, buffers: Buffer[]) => void): void;
  on(event: string, act: (model: WidgetModel<Traits>) => void): void;
  off(event: "msg:custom", act: (message: import("./messages.js").FromKernel, buffers: Buffer[]) => void): void;
  off(event: string, act: () => void): void;
}

interface LiveModel extends WidgetModel<import("./messages.js").LiveTraits> {
  send(message: import("./messages.js").ToKernel): void;
}

type PartModel = WidgetModel<import("./messages.js").PartTraits>;

/** The traits of stock ipywidgets that are read; `index` and `_options_labels` where it has options. */
interface ControlTraits {
  value: number | string;
  index: number;
  _options_labels: string[];
  _model_name: string;
  disabled: boolean;
}

type Control = WidgetModel<ControlTraits>;
type Slider = WidgetModel<ControlTraits & { value: number }>;

interface WidgetManager {
  kernel?: Kernel;
  get_model<Model>(id: string): Promise<Model>;
}

interface Signal<Value> {
  connect(act: (sender: unknown, value: Value) => void): void;
}

interface Kernel {
  id: string;
  serverSettings: { baseUrl: string };
  reconnect(): Promise<void>;
  status: string;
  isDisposed: boolean;
  statusChanged?: Signal<string>;
  disposed?: Signal<void>;
  connectionStatusChanged: Signal<string>;
}

interface SliderTrack extends HTMLElement {
  noUiSlider?: { set(value: unknown, fires?: boolean, isExact?: boolean): void };
}

interface HTMLElement {
  /** What a box showed before it was typed into. */
  hwBefore?: string;
}

type PlotlyTrace = Record<string, unknown>;
type PlotlyValues = ArrayLike<unknown>;

interface PlotlyFigure {
  data?: PlotlyTrace[];
  calcdata?: PlotlyPoints[];
  _fullData?: (PlotlyTrace & { _module: PlotlyKind })[];
  _fullLayout?: {
    xaxis?: PlotlyAxis;
    yaxis?: PlotlyAxis;
    _plots?: { xy?: object };
    _modules?: PlotlyKind[];
    _basePlotModules?: { plot(plot: PlotlyFigure): void }[];
  };
}

/** A linear axis: where it begins in the chart and how long it is, in pixels; from values to pixels and back. */
interface PlotlyAxis {
  _offset: number;
  _length: number;
  l2p(value: number): number;
  p2l(pixels: number): number;
}

type PlotlyPoints = { t?: object; trace?: PlotlyTrace }[];

interface PlotlyKind {
  calc?(plot: PlotlyFigure, trace: PlotlyTrace): PlotlyPoints;
  plot?: unknown;
  style?(plot: PlotlyFigure): void;
  crossTraceCalc?(plot: PlotlyFigure, subplot: object): void;
}

interface PlotlyLibrary {
  version: string;
  newPlot(plot: HTMLElement, data: unknown, layout: unknown, config: object): Promise<unknown>;
  react(plot: HTMLElement, data: unknown, layout: unknown, config: object): Promise<unknown>;
  restyle(plot: HTMLElement, update: object, traces: number[]): Promise<unknown>;
  purge(plot: HTMLElement): void;
}

interface Window {
  Plotly?: PlotlyLibrary;
  /** Our page template's own request for plotly.js. */
  hedgeWidgetsPlotly?: Promise<unknown>;
  /** plotly.js by version, once per window. */
  __hedgePlotly?: Record<string, Promise<PlotlyLibrary>>;
  /** The stores of this window's pages by the id of their live model. */
  __hedgeLive?: Map<string, import("./store.js").Store>;
  /** Wait until the kernels have taken all that a hand did on this window's pages, and have said what came of it. */
  __hedgeSettled?: () => Promise<unknown>;
  /** Documents and shadows whose events are listened to. */
  __hedgeWatched?: WeakSet<Node>;
  /** A pointer is down. */
  __hedgeHeld?: boolean;
}

/** A widget's module, as anywidget has it. */
interface WidgetModule {
  initialize?(context: { model: unknown }): void;
  render?(context: { model: unknown; el: HTMLElement }): unknown;
}

interface Window {
  /** The modules of a saved page, by name. */
  __hedgeSaved?: Record<string, WidgetModule>;
  /** Says on a first picture that the live page does not come. */
  hedgeLate?: () => void;
  noUiSlider?: { create(track: HTMLElement, options: object): void };
}
